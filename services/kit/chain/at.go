package chain

import "context"

type heightKey struct{}

// At asks queries made with the context from the state after the block of a height, which the node may have pruned.
// Without it, and at 0, they are asked from the newest state.
func At(ctx context.Context, height int64) context.Context {
	return context.WithValue(ctx, heightKey{}, height)
}

func heightOf(ctx context.Context) int64 {
	height, _ := ctx.Value(heightKey{}).(int64)
	return height
}
