package alerts

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/promqltest"
	"github.com/prometheus/prometheus/rules"
)

// Step is how often series are scraped and rules evaluated, as deploy/prometheus does it.
const Step = 15 * time.Second

// Alert is one that fires.
type Alert struct {
	Name        string            `json:"name"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	After       time.Duration     `json:"after"` // since the start
}

// Files lists the rule files of the repository with the top folder root.
func Files(root string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(root, "deploy", "prometheus", "rules", "*.yaml"))
	if err == nil && len(files) == 0 {
		err = errors.New("no rule files")
	}
	return files, err
}

// Firing evaluates the rules in files over series, in the notation of Prometheus' own tests, from start on, and returns
// every alert that fires within the time, as it was when it first did.
func Firing(files []string, series string, start time.Time, within time.Duration) (fired []Alert, err error) {
	p := parser.NewParser(parser.Options{})
	suite, err := promqltest.NewLazyLoader(fmt.Sprintf("load %s\n%s", Step, series), promqltest.LazyLoaderOpts{
		EnableAtModifier: true, EnableNegativeOffset: true, StartTime: start, Parser: p,
	})
	if err != nil {
		return nil, fmt.Errorf("read series: %w", err)
	}
	defer func() { err = errors.Join(err, suite.Close()) }()
	manager := rules.NewManager(&rules.ManagerOptions{
		QueryFunc:    rules.EngineQueryFunc(suite.QueryEngine(), suite.Storage()),
		AppendableV2: suite.Storage(), Context: context.Background(), Logger: promslog.NewNopLogger(), Parser: p,
		NotifyFunc: func(context.Context, string, ...*rules.Alert) {},
	})
	groups, errs := manager.LoadGroups(Step, labels.EmptyLabels(), "", nil, false, files...)
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	seen := map[string]bool{}
	for after := time.Duration(0); after <= within; after += Step {
		now := start.Add(after)
		suite.WithSamplesTill(now, func(e error) { err = errors.Join(err, e) })
		for _, g := range groups {
			g.Eval(suite.Context(), now)
			for _, r := range g.AlertingRules() {
				if err = errors.Join(err, r.LastError()); err != nil {
					return nil, fmt.Errorf("rule %s: %w", r.Name(), err)
				}
				fired = append(fired, active(r, after, seen)...)
			}
		}
	}
	return fired, err
}

// active are the rule's alerts that fire and were not seen before.
func active(r *rules.AlertingRule, after time.Duration, seen map[string]bool) (list []Alert) {
	for _, a := range r.ActiveAlerts() {
		if key := a.Labels.String(); a.State == rules.StateFiring && !seen[key] {
			seen[key] = true
			list = append(list, Alert{Name: r.Name(), Labels: a.Labels.Map(), Annotations: a.Annotations.Map(), After: after})
		}
	}
	return list
}
