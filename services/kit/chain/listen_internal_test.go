package chain

import "testing"

// FuzzReadHeader: whatever a node says over its WebSocket, it is a height or an error.
func FuzzReadHeader(f *testing.F) {
	f.Add([]byte(`{"jsonrpc":"2.0","id":1,"result":{}}`))
	f.Add([]byte(`{"id":1,"result":{"data":{"type":"tendermint/event/NewBlockHeader","value":{"header":{"chain_id":"a","height":"5"}}}}}`))
	f.Add([]byte(`{"id":1,"error":{"code":-32603,"message":"Internal error"}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		chainID, height, err := readHeader(raw)
		if err != nil && (chainID != "" || height != 0) {
			t.Fatal("a height and an error")
		}
	})
}
