// Package broker gives tests a real Kafka broker, as a process of its own over
// loopback, with listeners for TLS and passwords.
package broker

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weavster/weavster/tools/runfile"
)

// The users whom a broker knows, whatever the mechanism. By its plain listener
// nobody has to say who they are, and may do anything.
const (
	User     = "ada"
	Password = "s3cret"
)

// patience is how long a broker may take to come up on a busy machine.
const patience = 90 * time.Second

// A Server is a broker. Its listeners are addresses of loopback.
type Server struct {
	Plain   string // for everybody
	SASL    string // for User with Password
	TLS     string // with a certificate of the authority in CAFile; a client's own is checked if it has one
	SASLTLS string // both
	// Files in PEM: the authority's certificate, and a client's with its key.
	CAFile, CertFile, KeyFile string

	folder    string
	java, jar string
	mu        sync.Mutex
	process   *process // nil: it doesn't run
}

var (
	once   sync.Once
	shared *Server
	failed error
)

// Main runs a package's tests, and stops the broker that they share if one of
// them started it: `os.Exit(broker.Main(m))`.
func Main(m *testing.M) int {
	code := m.Run()
	if shared != nil {
		shared.remove()
	}
	return code
}

// Shared is the broker of the package's tests; their topics are their own.
// TestMain has to call Main.
func Shared(t testing.TB) *Server {
	t.Helper()
	home := home(t)
	once.Do(func() { shared, failed = start(home) })
	if failed != nil {
		t.Fatal(failed)
	}
	return shared
}

// Start runs a broker for one test, which may stop or kill it.
func Start(t testing.TB) *Server {
	t.Helper()
	s, err := start(home(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the broker's log:\n%s", s.Log())
		}
		s.remove()
	})
	return s
}

// home is the folder of @kafka.
func home(t testing.TB) string {
	t.Helper()
	return runfile.NeedOrSkip(t, "WEAVSTER_KAFKA")
}

func start(home string) (*Server, error) {
	folder, err := os.MkdirTemp("", "weavster-kafka-")
	if err != nil {
		return nil, err
	}
	s := &Server{folder: folder, java: filepath.Join(home, "bin", "java"), jar: filepath.Join(home, "lib", "*")}
	if err := s.first(); err != nil {
		text := s.Log()
		s.remove()
		return nil, fmt.Errorf("the broker can't be started: %w\n%s", err, text)
	}
	return s, nil
}

// first makes the broker's files, and starts it.
func (s *Server) first() error {
	if err := s.certify(); err != nil {
		return err
	}
	if err := s.configure(); err != nil {
		return err
	}
	format := exec.Command(s.java, s.arguments("kafka.tools.StorageTool", "format", "--config", s.file("server.properties"), "--cluster-id", "d2VhdnN0ZXItdGVzdHMtMQ")...)
	if out, err := format.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	if err := s.Restart(); err != nil {
		return err
	}
	return s.addUser()
}

func (s *Server) file(name string) string { return filepath.Join(s.folder, name) }

// arguments run a class on little memory and with little compiling: a test's
// broker lives for seconds.
func (s *Server) arguments(class string, more ...string) []string {
	return append([]string{
		"-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
		"-Dlog4j2.configurationFile=" + s.file("log.properties"), "-cp", s.jar, class,
	}, more...)
}

// Restart starts the broker where it was, and returns when it takes requests.
func (s *Server) Restart() error {
	p, err := startProcess(exec.Command(s.java, s.arguments("kafka.Kafka", s.file("server.properties"))...), s.file("log"))
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.process = p
	s.mu.Unlock()
	return s.await(p)
}

// await asks until the broker answers.
func (s *Server) await(p *process) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	go func() {
		select {
		case <-p.ended:
			cancel()
		case <-ctx.Done():
		}
	}()
	client, err := kgo.NewClient(kgo.SeedBrokers(s.Plain), kgo.RetryBackoffFn(func(int) time.Duration { return 50 * time.Millisecond }))
	if err != nil {
		return err
	}
	defer client.Close()
	for {
		brokers, err := kadm.NewClient(client).BrokerMetadata(ctx)
		if err == nil && len(brokers.Brokers) == 1 && brokers.Controller >= 0 {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("it doesn't answer: %w", err)
		}
	}
}

// addUser makes User known to both SCRAM mechanisms; PLAIN has it from the
// configuration.
func (s *Server) addUser() error {
	client, err := kgo.NewClient(kgo.SeedBrokers(s.Plain))
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	// A request may name a user once.
	for _, mechanism := range []kadm.ScramMechanism{kadm.ScramSha256, kadm.ScramSha512} {
		user := kadm.UpsertSCRAM{User: User, Password: Password, Mechanism: mechanism, Iterations: 4096}
		done, err := kadm.NewClient(client).AlterUserSCRAMs(ctx, nil, []kadm.UpsertSCRAM{user})
		if err == nil {
			err = done.Error()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// freePorts finds ports that nobody has now.
func freePorts(n int) ([]string, error) {
	var ports []string
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close()
		ports = append(ports, strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
	}
	return ports, nil
}
