package chlocal

import (
	"bytes"
	"fmt"

	chproto "github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2/lib/column"
	"github.com/ClickHouse/clickhouse-go/v2/lib/proto"
)

// helloQuery is what clickhouse-go asks first on every HTTP connection.
const helloQuery = "SELECT displayName(), version(), revision(), timezone()"

// resultRevision is the revision in which the engine writes Native results. It
// knows no other: libchdb has no place for client_protocol_version. Revision 0
// is the plain form, without block info, that Native files have.
const resultRevision = uint32(0)

// isHello reports whether the statement is clickhouse-go's first question.
func isHello(text []byte) bool { return string(bytes.TrimSpace(text)) == helloQuery }

// hello is the answer to helloQuery: one Native block in the revision the
// client asked for, saying that all later ones are in revision 0. The client
// reads its version-dependent formats by what it learns here.
func hello(version, timezone string, revision uint64) ([]byte, error) {
	block := proto.NewBlock()
	for _, col := range [][2]string{{"displayName()", "String"}, {"version()", "String"}, {"revision()", "UInt32"}, {"timezone()", "String"}} {
		if err := block.AddColumn(col[0], column.Type(col[1])); err != nil {
			return nil, fmt.Errorf("compose hello: %w", err)
		}
	}
	if err := block.Append("chlocal", version, resultRevision, timezone); err != nil {
		return nil, fmt.Errorf("compose hello: %w", err)
	}
	var buf chproto.Buffer
	if err := block.Encode(&buf, revision); err != nil {
		return nil, fmt.Errorf("compose hello: %w", err)
	}
	return buf.Buf, nil
}
