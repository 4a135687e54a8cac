package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRead: the forms that the services use, and that nothing unreadable passes.
func TestRead(t *testing.T) {
	for _, tt := range []struct {
		name, body string
		want       metric
		fault      string
	}{
		{name: "options in place", body: `return metrics{m: prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "lode", Subsystem: "x", Name: "a_b", Help: "what"})}`,
			want: metric{name: "lode_x_a_b", kind: "gauge", help: "what"}},
		{name: "helper and labels", body: `f := promauto.With(reg)
			return &metrics{m: f.NewCounterVec(prometheus.CounterOpts(name("a_total", "what")), []string{"service", "outcome"})}`,
			want: metric{name: "lode_x_a_total", kind: "counter", help: "what", labels: []string{"service", "outcome"}}},
		{name: "closure over labels", body: `label := []string{"consumer"}
			counter := func(name, help string) *prometheus.CounterVec { return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "lode_x_" + name, Help: help}, label) }
			return &metrics{m: counter("a_total", "what")}`,
			want: metric{name: "lode_x_a_total", kind: "counter", help: "what", labels: []string{"consumer"}}},
		{name: "made before", body: `label := []string{"consumer"}
			m := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "lode_x_a_seconds", Help: "what"}, label)
			return &metrics{m: m}`,
			want: metric{name: "lode_x_a_seconds", kind: "histogram", help: "what", labels: []string{"consumer"}}},
		{name: "left out", body: `return &metrics{}`, fault: "field m"},
		{name: "no help", body: `return &metrics{m: f.NewGauge(prometheus.GaugeOpts{Name: "a"})}`, fault: "field m"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "x")
			require.NoError(t, os.Mkdir(dir, 0o700))
			text := "package x\n\ntype metrics struct { m prometheus.Gauge }\n\nfunc newMetrics(reg any) any {\n" + tt.body + "\n}\n"
			require.NoError(t, os.WriteFile(filepath.Join(dir, "x.go"), []byte(text), 0o600))
			got, err := read(dir, "lode_x_")
			if tt.fault != "" {
				require.ErrorContains(t, err, tt.fault)
				return
			}
			require.NoError(t, err)
			require.Equal(t, []metric{tt.want}, got)
		})
	}
}
