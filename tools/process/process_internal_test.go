package process

import (
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestParseMetrics(t *testing.T) {
	text := "# HELP a b\na 1\nb{x=\"1 2\"} 1.5e+06\nb{x=\"3\"} 2\n\n"
	got, err := parseMetrics(text)
	require.NoError(t, err)
	require.Equal(t, map[string]float64{"a": 1, "b": 1_500_002}, got)
	for _, bad := range []string{"a", "a b"} {
		_, err := parseMetrics(bad)
		require.Error(t, err)
	}
}

func TestKilledPausedAndStopped(t *testing.T) {
	start := func() *Process {
		p, err := Start(t.Context(), Options{Program: "sleep", Args: []string{"600"}, CPU: 1})
		require.NoError(t, err)
		return p
	}
	p := start()
	_, err := p.CPU()
	require.NoError(t, err)
	machine, err := Machine()
	require.NoError(t, err)
	require.Positive(t, machine)
	resident, err := p.Resident()
	require.NoError(t, err)
	require.Positive(t, resident)
	require.NoError(t, p.Kill())
	require.ErrorContains(t, p.Err(), "killed")
	require.NoError(t, p.Kill(), "it has ended already")

	p = start()
	require.NoError(t, p.Pause())
	asked := make(chan error)
	go func() { asked <- p.Stop() }()
	select {
	case err := <-asked:
		t.Fatal("a paused process has heard a signal", err)
	case <-time.After(50 * time.Millisecond):
	}
	require.NoError(t, p.Resume())
	require.ErrorContains(t, <-asked, "terminated")
}

func TestProgramThatIsNotThere(t *testing.T) {
	_, err := Start(t.Context(), Options{Program: "/no/such/program"})
	require.ErrorContains(t, err, "start program")
}

func TestReady(t *testing.T) {
	address, err := FreeAddress()
	require.NoError(t, err)
	p, err := Start(t.Context(), Options{Program: "sleep", Args: []string{"600"}, Observe: address})
	require.NoError(t, err)
	ready := make(chan error)
	go func() { ready <- p.Ready(t.Context()) }()
	ln, err := net.Listen("tcp", address)
	require.NoError(t, err)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte("lode_test_things_total 7\n"))
	})}
	go func() { _ = server.Serve(ln) }()
	t.Cleanup(func() { _ = server.Close() })
	require.NoError(t, <-ready)
	m, err := p.Metrics()
	require.NoError(t, err)
	require.EqualValues(t, 7, m["lode_test_things_total"])
	require.NoError(t, server.Close())
	require.NoError(t, p.Kill())
	require.ErrorContains(t, p.Ready(t.Context()), "has ended")
}
