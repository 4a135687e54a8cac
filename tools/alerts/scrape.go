package alerts

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
)

// Scrape is what one target answered at one step. An empty text is a target that did not answer.
type Scrape struct {
	Step     int    `json:"step"`
	Job      string `json:"job"`
	Instance string `json:"instance"`
	Text     string `json:"text"`
}

// Series writes scrapes in the notation of Prometheus' own tests, as Prometheus stores them: with job and instance, with up,
// and stale where a target answers no more.
func Series(scrapes []Scrape, steps int) (string, error) {
	values := map[string][]string{} // by series, one for each step
	set := func(series string, step int, value string) {
		if values[series] == nil {
			values[series] = slices.Repeat([]string{"stale"}, steps)
		}
		values[series][step] = value
	}
	for _, s := range scrapes {
		if s.Step < 0 || s.Step >= steps {
			return "", fmt.Errorf("step %d is not one of %d", s.Step, steps)
		}
		samples, err := parse(s)
		if err != nil {
			return "", fmt.Errorf("scrape of %s at step %d: %w", s.Instance, s.Step, err)
		}
		for series, value := range samples {
			set(series, s.Step, value)
		}
	}
	var b strings.Builder
	for series, list := range values {
		fmt.Fprintf(&b, "  %s %s\n", series, strings.Join(list, " "))
	}
	return b.String(), nil
}

// parse returns the scrape's samples by series.
func parse(s Scrape) (map[string]string, error) {
	add := func(l labels.Labels) string {
		return labels.NewBuilder(l).Set("job", s.Job).Set("instance", s.Instance).Labels().String()
	}
	up := add(labels.FromStrings(labels.MetricName, "up"))
	if s.Text == "" {
		return map[string]string{up: "0"}, nil
	}
	samples := map[string]string{up: "1"}
	p, err := textparse.New([]byte(s.Text), "text/plain", labels.NewSymbolTable(), textparse.ParserOptions{})
	if err != nil {
		return nil, err
	}
	for {
		entry, err := p.Next()
		if errors.Is(err, io.EOF) {
			return samples, nil
		}
		if err != nil {
			return nil, err
		}
		if entry != textparse.EntrySeries {
			continue
		}
		var l labels.Labels
		p.Labels(&l)
		_, _, value := p.Series()
		samples[add(l)] = strconv.FormatFloat(value, 'f', -1, 64)
	}
}
