package bus

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"gopkg.in/yaml.v3"

	"github.com/lodeworks/lode/schemas"
)

// Subject is one kind of message in a stream.
type Subject struct {
	Name     string   `yaml:"name"`
	Pattern  string   `yaml:"pattern"` // with {tokens}
	Message  string   `yaml:"message"` // full protobuf name
	Says     []string `yaml:"says"`    // services that may publish it
	Hears    []string `yaml:"hears"`   // services with a durable consumer of it
	Folds    []string `yaml:"folds"`   // services that replay it from the log
	Reads    []string `yaml:"reads"`   // services that look up its newest message, and do not follow it
	MsgID    string   `yaml:"msg_id"`
	Ordering string   `yaml:"ordering"`
}

// Stream is one stream file of schemas/bus.
type Stream struct {
	Name            string        `yaml:"stream"`
	About           string        `yaml:"about"`
	Retention       string        `yaml:"retention"` // limits
	Discard         string        `yaml:"discard"`   // old or new
	MaxAge          time.Duration `yaml:"max_age"`   // 0: no limit
	MaxBytes        int64         `yaml:"max_bytes"` // 0: no limit
	DuplicateWindow time.Duration `yaml:"duplicate_window"`
	Purges          []string      `yaml:"purges"` // services that may remove messages, once all durable consumers have read them
	Subjects        []Subject     `yaml:"subjects"`
}

// Bucket is one key-value bucket.
type Bucket struct {
	Name    string   `yaml:"bucket"`
	About   string   `yaml:"about"`
	Message string   `yaml:"message"`
	Writes  []string `yaml:"writes"`
	Reads   []string `yaml:"reads"`
	Purges  []string `yaml:"purges"` // services that may remove entries and their history from the bucket's stream
	History uint8    `yaml:"history"`
	// TTL is how long an entry stays that nobody writes again; 0: for ever.
	TTL time.Duration `yaml:"ttl"`
	// Markers is set for buckets whose entries are removed: their markers, by which watchers hear of it, then expire, too.
	Markers time.Duration `yaml:"markers"`
}

// Request is one request/reply subject.
type Request struct {
	Name    string   `yaml:"name"`
	Pattern string   `yaml:"pattern"`
	Request string   `yaml:"request"`
	Reply   string   `yaml:"reply"`
	Asks    []string `yaml:"asks"`
	Answers []string `yaml:"answers"`
}

// Topology is everything that schemas/bus declares.
type Topology struct {
	Streams  []Stream
	Buckets  []Bucket
	Requests []Request
}

// Declared reads the topology that was built into this binary.
func Declared() (Topology, error) {
	var t Topology
	files, err := fs.Glob(schemas.Bus, "bus/*.yaml")
	if err != nil {
		return t, fmt.Errorf("list bus schemas: %w", err)
	}
	for _, file := range files {
		raw, err := schemas.Bus.ReadFile(file)
		if err != nil {
			return t, fmt.Errorf("read %s: %w", file, err)
		}
		if err := t.add(path.Base(file), raw); err != nil {
			return t, fmt.Errorf("parse %s: %w", file, err)
		}
	}
	return t, nil
}

func (t *Topology) add(file string, raw []byte) error {
	dec := yaml.NewDecoder(strings.NewReader(string(raw)))
	dec.KnownFields(true)
	switch file {
	case "kv.yaml":
		var f struct {
			Buckets []Bucket `yaml:"buckets"`
		}
		err := dec.Decode(&f)
		t.Buckets = append(t.Buckets, f.Buckets...)
		return err
	case "requests.yaml":
		var f struct {
			Requests []Request `yaml:"requests"`
		}
		err := dec.Decode(&f)
		t.Requests = append(t.Requests, f.Requests...)
		return err
	default:
		var s Stream
		err := dec.Decode(&s)
		t.Streams = append(t.Streams, s)
		return err
	}
}

// Stream returns the declaration of the named stream.
func (t Topology) Stream(name string) (Stream, error) {
	for _, s := range t.Streams {
		if s.Name == name {
			return s, nil
		}
	}
	return Stream{}, fmt.Errorf("no stream %q is declared", name)
}

var token = regexp.MustCompile(`\{[a-z_]+\}`)

// Wildcard turns a pattern into the subject filter that matches all of it.
func Wildcard(pattern string) string { return token.ReplaceAllString(pattern, "*") }

// Tokens returns the names of the pattern's variable parts, in order.
func Tokens(pattern string) []string {
	var names []string
	for _, t := range token.FindAllString(pattern, -1) {
		names = append(names, strings.Trim(t, "{}"))
	}
	return names
}

// DurableName is that of the consumer by which a service hears a subject: hasher-relay-served.
func DurableName(service, subject string) string {
	return service + "-" + strings.ReplaceAll(subject, ".", "-")
}

// config returns the stream as the server should hold it. Durability is explicit.
func (s Stream) config(replicas int) jetstream.StreamConfig {
	cfg := jetstream.StreamConfig{
		Name: s.Name, Description: s.About, Storage: jetstream.FileStorage, Retention: jetstream.LimitsPolicy,
		Discard: jetstream.DiscardOld, MaxAge: s.MaxAge, MaxBytes: -1, Replicas: replicas,
		Duplicates: s.DuplicateWindow, AllowDirect: true, DenyDelete: true,
	}
	if s.Discard == "new" {
		cfg.Discard = jetstream.DiscardNew
	}
	if s.MaxBytes > 0 {
		cfg.MaxBytes = s.MaxBytes
	}
	for _, sub := range s.Subjects {
		cfg.Subjects = append(cfg.Subjects, stored(sub.Pattern))
	}
	return cfg
}

// stored is what a stream listens to, never an exact subject: JetStream pushes a consumer's messages to whatever subject
// its creator names, if someone listens to just that, whatever the creator may publish.
func stored(pattern string) string {
	if len(Tokens(pattern)) > 0 {
		return Wildcard(pattern)
	}
	return pattern[:strings.LastIndex(pattern, ".")+1] + "*"
}

// config returns the bucket as the server should hold it.
func (k Bucket) config(replicas int) jetstream.KeyValueConfig {
	return jetstream.KeyValueConfig{
		Bucket: k.Name, Description: k.About, History: max(k.History, 1), Storage: jetstream.FileStorage, TTL: k.TTL, Replicas: replicas,
		LimitMarkerTTL: k.Markers,
	}
}
