package facts

import (
	"context"
	"fmt"

	sharedtypes "github.com/pokt-network/poktroll/x/shared/types"
)

// ParamsAt returns the shared parameters effective at a height.
func (f *Facts) ParamsAt(ctx context.Context, height int64) (*sharedtypes.Params, error) {
	res, err := f.shared.ParamsAtHeight(ctx, &sharedtypes.QueryParamsAtHeightRequest{Height: height})
	if err != nil {
		return nil, fmt.Errorf("ask for shared parameters at %d: %w", height, err)
	}
	return &res.Params, nil
}

// PastParams is ParamsAt for a height that the chain has passed: what was effective there never changes, so it is
// asked for once.
func (f *Facts) PastParams(ctx context.Context, height int64) (*sharedtypes.Params, error) {
	if p, ok := f.pastCache.Get(height); ok {
		return p, nil
	}
	return once(ctx, f, fmt.Sprintf("params/%d", height), func(ctx context.Context) (*sharedtypes.Params, error) {
		p, err := f.ParamsAt(ctx, height)
		if err == nil {
			f.pastCache.Add(height, p)
		}
		return p, err
	})
}
