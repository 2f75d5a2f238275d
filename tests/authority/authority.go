// Package authority makes certificates for tests, of an authority that only
// they trust.
package authority

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"time"
)

// An Authority signs certificates that last a day.
type Authority struct {
	Certificate string // its own, as PEM
	Key         *ecdsa.PrivateKey
	root        *x509.Certificate
}

// A Pair is a certificate and its key, as PEM.
type Pair struct{ Certificate, Key string }

// New makes an authority of its own.
func New() (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	root := template("an authority of tests")
	root.IsCA, root.BasicConstraintsValid, root.KeyUsage = true, true, x509.KeyUsageCertSign
	a := &Authority{Key: key, root: root}
	a.Certificate, err = a.sign(root, key.Public())
	return a, err
}

// Sign makes a certificate for that name and for this machine, which a server
// or a client may show.
func (a *Authority) Sign(name string) (Pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Pair{}, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return Pair{}, err
	}
	of := template(name)
	of.DNSNames, of.IPAddresses = []string{"localhost"}, []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	of.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	certificate, err := a.sign(of, key.Public())
	return Pair{Certificate: certificate, Key: encode("PRIVATE KEY", der)}, err
}

func template(name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(24 * time.Hour),
	}
}

func (a *Authority) sign(certificate *x509.Certificate, public crypto.PublicKey) (string, error) {
	der, err := x509.CreateCertificate(rand.Reader, certificate, a.root, public, a.Key)
	if err != nil {
		return "", err
	}
	return encode("CERTIFICATE", der), nil
}

func encode(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}
