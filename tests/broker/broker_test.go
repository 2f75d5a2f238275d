package broker_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"os"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/weavster/weavster/tests/broker"
)

func TestMain(m *testing.M) { os.Exit(broker.Main(m)) }

func connect(t *testing.T, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	c, err := kgo.NewClient(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestEachListenerLetsInWhomItShould(t *testing.T) {
	s := broker.Shared(t)
	ca, err := os.ReadFile(s.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	certificate, err := tls.LoadX509KeyPair(s.CertFile, s.KeyFile)
	if err != nil {
		t.Fatal(err)
	}
	encrypted := kgo.DialTLSConfig(&tls.Config{RootCAs: pool})
	for name, c := range map[string]struct {
		opts []kgo.Opt
		in   bool
	}{
		"anybody":          {[]kgo.Opt{kgo.SeedBrokers(s.Plain)}, true},
		"PLAIN":            {[]kgo.Opt{kgo.SeedBrokers(s.SASL), kgo.SASL(plain.Auth{User: broker.User, Pass: broker.Password}.AsMechanism())}, true},
		"SCRAM-SHA-256":    {[]kgo.Opt{kgo.SeedBrokers(s.SASL), kgo.SASL(scram.Auth{User: broker.User, Pass: broker.Password}.AsSha256Mechanism())}, true},
		"SCRAM-SHA-512":    {[]kgo.Opt{kgo.SeedBrokers(s.SASLTLS), encrypted, kgo.SASL(scram.Auth{User: broker.User, Pass: broker.Password}.AsSha512Mechanism())}, true},
		"another password": {[]kgo.Opt{kgo.SeedBrokers(s.SASL), kgo.SASL(plain.Auth{User: broker.User, Pass: "x"}.AsMechanism())}, false},
		"no password":      {[]kgo.Opt{kgo.SeedBrokers(s.SASL)}, false},
		"TLS":              {[]kgo.Opt{kgo.SeedBrokers(s.TLS), encrypted}, true},
		"a certificate":    {[]kgo.Opt{kgo.SeedBrokers(s.TLS), kgo.DialTLSConfig(&tls.Config{RootCAs: pool, Certificates: []tls.Certificate{certificate}})}, true},
		"no TLS":           {[]kgo.Opt{kgo.SeedBrokers(s.TLS)}, false},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		err := connect(t, append(c.opts, kgo.RetryTimeout(3*time.Second), kgo.RequestRetries(1))...).Ping(ctx)
		cancel()
		if (err == nil) != c.in {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatWasWrittenOutlivesAKill(t *testing.T) {
	s := broker.Start(t)
	c := connect(t, kgo.SeedBrokers(s.Plain))
	if _, err := kadm.NewClient(c).CreateTopic(t.Context(), 1, 1, nil, "t"); err != nil {
		t.Fatal(err)
	}
	if err := c.ProduceSync(t.Context(), &kgo.Record{Topic: "t", Value: []byte("x")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	ends, err := kadm.NewClient(c).ListEndOffsets(t.Context(), "t")
	if err != nil {
		t.Fatal(err)
	}
	if end, ok := ends.Lookup("t", 0); !ok || end.Offset != 1 {
		t.Errorf("the topic ends at %+v", end)
	}
}

func TestAPausedBrokerGoesOn(t *testing.T) {
	s := broker.Start(t)
	if err := s.Pause(); err != nil {
		t.Fatal(err)
	}
	c := connect(t, kgo.SeedBrokers(s.Plain))
	short, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if c.Ping(short) == nil {
		t.Error("a paused broker answers")
	}
	if err := s.Resume(); err != nil {
		t.Fatal(err)
	}
	if err := c.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}
