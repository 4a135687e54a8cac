package bus_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	_ "github.com/lodeworks/lode/proto/gen/go/chain/v1" // the words on the bus
	_ "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	_ "github.com/lodeworks/lode/proto/gen/go/fold/v1"
	_ "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	_ "github.com/lodeworks/lode/proto/gen/go/session/v1"
	"github.com/lodeworks/lode/services/kit/bus"
)

// Old and new services run side by side: what a newer one says with a field that an older one does not know, the older one
// reads, and what it stores again has the field still.
func TestNewerWordsAreReadAndKept(t *testing.T) {
	for _, name := range words(t) {
		kind, err := protoregistry.GlobalTypes.FindMessageByName(name)
		require.NoError(t, err)
		said := kind.New()
		fill(said, 3)
		raw, err := proto.Marshal(said.Interface())
		require.NoError(t, err)
		newer := protowire.AppendString(protowire.AppendTag(raw, 15_000, protowire.BytesType), "of a later version")

		read := kind.New().Interface()
		require.NoError(t, proto.Unmarshal(newer, read), name)
		again, err := proto.Marshal(proto.Clone(read))
		require.NoError(t, err)
		require.Contains(t, string(again), "of a later version", name)
		read.ProtoReflect().SetUnknown(nil)
		require.True(t, proto.Equal(said.Interface(), read), name)
	}
}

// words are the messages that schemas/bus declares.
func words(t *testing.T) (names []protoreflect.FullName) {
	t.Helper()
	topology, err := bus.Declared()
	require.NoError(t, err)
	add := func(name string) {
		if name != "any" {
			names = append(names, protoreflect.FullName(name))
		}
	}
	for _, s := range topology.Streams {
		for _, subject := range s.Subjects {
			add(subject.Message)
		}
	}
	for _, k := range topology.Buckets {
		add(k.Message)
	}
	for _, r := range topology.Requests {
		add(r.Request)
		add(r.Reply)
	}
	require.Greater(t, len(names), 10)
	return names
}

// fill sets the plain fields of a message, and of those in it.
func fill(m protoreflect.Message, depth int) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		switch {
		case f.IsList() || f.IsMap():
		case f.Kind() == protoreflect.MessageKind:
			if depth > 0 {
				fill(m.Mutable(f).Message(), depth-1)
			}
		case f.Kind() == protoreflect.StringKind:
			m.Set(f, protoreflect.ValueOfString("text "+string(f.Name())))
		case f.Kind() == protoreflect.BytesKind:
			m.Set(f, protoreflect.ValueOfBytes([]byte(f.Name())))
		case f.Kind() == protoreflect.Int64Kind:
			m.Set(f, protoreflect.ValueOfInt64(int64(f.Number())))
		case f.Kind() == protoreflect.Uint64Kind:
			m.Set(f, protoreflect.ValueOfUint64(uint64(f.Number())))
		}
	}
}
