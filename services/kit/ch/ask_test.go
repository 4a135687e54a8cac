package ch_test

import (
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/kit/ch"
	"github.com/lodeworks/lode/services/kit/ch/chtest"
)

func ask(t *testing.T, a *ch.Asker, q ch.Question) (string, error) {
	answer, err := a.Ask(t.Context(), q)
	if err != nil {
		return "", err
	}
	raw, err := io.ReadAll(answer)
	require.NoError(t, errors.Join(err, answer.Close()))
	return string(raw), nil
}

// Whatever a value has in it, it arrives as it is.
func TestAskCarriesValues(t *testing.T) {
	cfg, _ := chtest.Start(t)
	a, err := ch.NewAsker(cfg)
	require.NoError(t, err)
	for _, text := range []string{"", "plain", "it's", `back\slash\n`, "tab\tline\nreturn\r", "äπ€", "' OR 1=1 --", "%27+&?", "[]"} {
		got, err := ask(t, a, ch.Question{SQL: "SELECT {text:String} = unhex(hex({text:String})) AS same, hex({text:String}) AS h, hex({list:Array(String)}[2]) AS l",
			Format: "TSV", Args: map[string]string{"text": ch.Text(text), "list": ch.List([]string{"x", text})}})
		require.NoError(t, err, text)
		want := ""
		for _, b := range []byte(text) {
			want += string("0123456789ABCDEF"[b>>4]) + string("0123456789ABCDEF"[b&15])
		}
		require.Equal(t, "1\t"+want+"\t"+want+"\n", got, text)
	}
	at := time.Date(2026, 5, 1, 2, 3, 4, 5, time.UTC)
	got, err := ask(t, a, ch.Question{SQL: "SELECT toUnixTimestamp64Nano({at:DateTime64(9, 'UTC')})", Format: "TSV", Args: map[string]string{"at": ch.Moment(at)}})
	require.NoError(t, err)
	require.Equal(t, fmt.Sprintln(at.UnixNano()), got)
}

// A limit that is met is told from a query that is wrong; and nothing is ever written.
func TestAskIsLimitedAndOnlyReads(t *testing.T) {
	cfg, _ := chtest.Start(t)
	a, err := ch.NewAsker(cfg)
	require.NoError(t, err)
	for name, tt := range map[string]struct {
		q      ch.Question
		costly bool
	}{
		"rows": {ch.Question{SQL: "SELECT * FROM numbers(1000)", Settings: map[string]string{"max_result_rows": "10"}}, true},
		"read": {ch.Question{SQL: "SELECT sum(number) FROM numbers(1000000)", Settings: map[string]string{"max_rows_to_read": "10"}}, true},
		"time": {ch.Question{SQL: "SELECT sleepEachRow(0.1) FROM numbers(100) SETTINGS max_block_size = 1", Settings: map[string]string{"max_execution_time": "1"}}, true},
		"bad":  {ch.Question{SQL: "SELECT nothing"}, false},
		"ddl":  {ch.Question{SQL: "CREATE TABLE x (a Int8) ENGINE = Memory"}, false},
	} {
		tt.q.Format = "TSV"
		if name == "ddl" {
			tt.q.Format = "TSV SETTINGS max_threads = 1"
		}
		_, err := ask(t, a, tt.q)
		var refused *ch.Refused
		require.ErrorAs(t, err, &refused, name)
		require.Equal(t, tt.costly, refused.Costly(), "%s: %v", name, err)
	}
	_, err = ch.NewAsker(ch.Config{DSN: "clickhouse://127.0.0.1:9000/default"})
	require.ErrorContains(t, err, "clickhouse.http")
	_, err = ch.NewAsker(ch.Config{DSN: "clickhouse://127.0.0.1:9000/default", HTTP: "http://127.0.0.1:8123"})
	require.NoError(t, err)
}
