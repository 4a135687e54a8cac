package fault_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/e2e/robustness/fault"
)

func TestPlan(t *testing.T) {
	for seed := range uint64(50) {
		plan := fault.NewPlan(seed, 3, time.Minute, 5*time.Second)
		require.Equal(t, plan, fault.NewPlan(seed, 3, time.Minute, 5*time.Second), "the same seed, the same plan")
		require.NotEqual(t, plan, fault.NewPlan(seed+1, 3, time.Minute, 5*time.Second))
		require.Positive(t, plan.Count(fault.Pause))
		require.Positive(t, plan.Count(fault.Kill))
		for _, faults := range plan {
			var took time.Duration
			for _, f := range faults {
				require.Positive(t, f.After)
				took += f.After + f.For
			}
			require.LessOrEqual(t, took, time.Minute)
		}
	}
}

func TestPlanAsText(t *testing.T) {
	plan := fault.Plan{{{After: time.Second, Kind: fault.Kill, For: 2 * time.Second}}, {{After: 3 * time.Second, Kind: fault.Restart}}}
	require.Equal(t, "process 0: +1s kill 2s\nprocess 1: +3s restart\n", plan.String())
}
