package localnet_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lodeworks/lode/tools/localnet"
)

func net(t require.TestingT, change func(*localnet.Config)) localnet.Net {
	c := localnet.Default()
	if change != nil {
		change(&c)
	}
	n, err := localnet.New(c)
	require.NoError(t, err)
	return n
}

func state(t require.TestingT, n localnet.Net) map[string]json.RawMessage {
	doc, err := localnet.Genesis(n, map[string]json.RawMessage{"other": json.RawMessage(`{"kept":true}`)})
	require.NoError(t, err)
	var modules map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(doc.AppState, &modules))
	return modules
}

func TestGenesisKeepsOtherModules(t *testing.T) {
	require.JSONEq(t, `{"kept":true}`, string(state(t, net(t, nil))["other"]))
}

func TestGenesisKnowsEveryPublicKey(t *testing.T) {
	n := net(t, nil)
	var auth struct {
		Accounts []struct {
			Address string `json:"address"`
			PubKey  struct {
				Key []byte `json:"key"`
			} `json:"pub_key"`
			Number string `json:"account_number"`
		} `json:"accounts"`
	}
	require.NoError(t, json.Unmarshal(state(t, n)["auth"], &auth))
	require.Len(t, auth.Accounts, len(n.Accounts()))
	for i, a := range n.Accounts() {
		require.Equal(t, a.Address, auth.Accounts[i].Address)
		require.Equal(t, a.Key.PubKey().Bytes(), auth.Accounts[i].PubKey.Key)
		require.Equal(t, strconv.Itoa(i), auth.Accounts[i].Number)
	}
}

type coins []struct {
	Denom  string `json:"denom"`
	Amount string `json:"amount"`
}

func (c coins) upokt(t require.TestingT) int64 {
	require.Len(t, c, 1)
	require.Equal(t, localnet.Denom, c[0].Denom)
	v, err := strconv.ParseInt(c[0].Amount, 10, 64)
	require.NoError(t, err)
	return v
}

// The supply is what everybody holds, and what is escrowed is what is staked,
// whatever the network's size.
func TestGenesisBalances(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := net(t, func(c *localnet.Config) {
			c.Suppliers = rapid.IntRange(1, 60).Draw(t, "suppliers")
			for i := range rapid.IntRange(0, 5).Draw(t, "other services") {
				c.Others = append(c.Others, localnet.Service{ID: fmt.Sprintf("other-%d", i), Name: "Other", ComputeUnitsPerRelay: 1})
			}
			c.Profile = rapid.SampledFrom([]string{localnet.ProfileDemo, localnet.ProfileMainnet}).Draw(t, "profile")
		})
		var bank struct {
			Balances []struct {
				Coins coins `json:"coins"`
			} `json:"balances"`
			Supply coins `json:"supply"`
		}
		require.NoError(t, json.Unmarshal(state(t, n)["bank"], &bank))
		var sum int64
		for _, b := range bank.Balances {
			sum += b.Coins.upokt(t)
		}
		require.Equal(t, bank.Supply.upokt(t), sum)
		require.Len(t, bank.Balances, len(n.Accounts())+4)
	})
}

func TestGenesisSplitsRewards(t *testing.T) {
	for _, share := range []uint64{0, 1, 80, 100} {
		n := net(t, func(c *localnet.Config) { c.OwnerShare = share })
		var supplier struct {
			List []struct {
				Services []struct {
					RevShare []struct {
						Address string `json:"address"`
						Percent string `json:"rev_share_percentage"`
					} `json:"rev_share"`
				} `json:"services"`
			} `json:"supplierList"`
		}
		require.NoError(t, json.Unmarshal(state(t, n)["supplier"], &supplier))
		got := map[string]string{}
		for _, r := range supplier.List[1].Services[0].RevShare {
			got[r.Address] = r.Percent
		}
		want := map[string]string{}
		if share > 0 {
			want[n.Owner.Address] = strconv.FormatUint(share, 10)
		}
		if share < 100 {
			want[n.Suppliers[1].Address] = strconv.FormatUint(100-share, 10)
		}
		require.Equal(t, want, got)
	}
}
