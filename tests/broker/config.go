package broker

import (
	"fmt"
	"os"
	"strings"

	"github.com/weavster/weavster/tests/authority"
)

// One node, which is controller and broker, with topics of its own that are as
// small as can be. Topics are made by those who want them. A killed broker is
// let in again when its session is over, which takes nine seconds by default.
const properties = `
process.roles=broker,controller
node.id=1
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAIN:PLAINTEXT,SASL:SASL_PLAINTEXT,TLS:SSL,SASLTLS:SASL_SSL,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAIN
broker.heartbeat.interval.ms=200
broker.session.timeout.ms=1000
num.partitions=1
auto.create.topics.enable=false
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=500
log.cleaner.dedupe.buffer.size=4194304
log.segment.bytes=67108864
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
allow.everyone.if.no.acl.found=true
ssl.keystore.type=PEM
ssl.truststore.type=PEM
listener.name.tls.ssl.client.auth=requested
`

const logging = `
rootLogger.level=warn
rootLogger.appenderRef.stdout.ref=stdout
appender.stdout.type=Console
appender.stdout.name=stdout
appender.stdout.layout.type=PatternLayout
appender.stdout.layout.pattern=%d %p %m (%c)%n
`

// configure writes the broker's files.
func (s *Server) configure() error {
	ports, err := freePorts(5)
	if err != nil {
		return err
	}
	var listeners []string
	for i, name := range []string{"PLAIN", "SASL", "TLS", "SASLTLS", "CONTROLLER"} {
		listeners = append(listeners, name+"://127.0.0.1:"+ports[i])
	}
	s.Plain, s.SASL, s.TLS, s.SASLTLS = "127.0.0.1:"+ports[0], "127.0.0.1:"+ports[1], "127.0.0.1:"+ports[2], "127.0.0.1:"+ports[3]
	var b strings.Builder
	b.WriteString(properties)
	fmt.Fprintf(&b, "controller.quorum.voters=1@127.0.0.1:%s\n", ports[4])
	fmt.Fprintf(&b, "listeners=%s\nadvertised.listeners=%s\n", strings.Join(listeners, ","), strings.Join(listeners[:4], ","))
	fmt.Fprintf(&b, "log.dirs=%s\nssl.keystore.location=%s\nssl.truststore.location=%s\n", s.file("data"), s.file("server.pem"), s.CAFile)
	for _, listener := range []string{"sasl", "sasltls"} {
		prefix := "listener.name." + listener + "."
		fmt.Fprintf(&b, "%ssasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512\n", prefix)
		fmt.Fprintf(&b, "%splain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_%s=\"%s\";\n", prefix, User, Password)
		for _, mechanism := range []string{"scram-sha-256", "scram-sha-512"} {
			fmt.Fprintf(&b, "%s%s.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;\n", prefix, mechanism)
		}
	}
	if err := os.WriteFile(s.file("server.properties"), []byte(b.String()), 0o600); err != nil {
		return err
	}
	return os.WriteFile(s.file("log.properties"), []byte(logging), 0o600)
}

// certify makes an authority, and has it sign for the broker and a client.
func (s *Server) certify() error {
	a, err := authority.New()
	if err != nil {
		return err
	}
	client, err := a.Sign("a client of tests")
	if err != nil {
		return err
	}
	server, err := a.Sign("localhost")
	if err != nil {
		return err
	}
	s.CAFile, s.CertFile, s.KeyFile = s.file("ca.pem"), s.file("client.pem"), s.file("client.key")
	for path, text := range map[string]string{
		s.CAFile: a.Certificate, s.CertFile: client.Certificate, s.KeyFile: client.Key,
		s.file("server.pem"): server.Key + server.Certificate,
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}
