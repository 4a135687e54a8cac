package api

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func tokensOf(t *testing.T, list map[string][]string) Tokens {
	configs := map[string]TokenConfig{}
	for text, suppliers := range list {
		file := filepath.Join(t.TempDir(), "token")
		require.NoError(t, os.WriteFile(file, []byte(text+"\n"), 0o600))
		configs[text] = TokenConfig{File: file, Suppliers: suppliers}
	}
	all, err := LoadTokens(configs)
	require.NoError(t, err)
	return all
}

// Who has no token is let in from this machine only, and only where nobody has one.
func TestGuard(t *testing.T) {
	const mine, everybody = "0123456789abcdef-mine", "0123456789abcdef-all"
	some := tokensOf(t, map[string][]string{mine: {"pokt1mine"}, everybody: nil})
	for name, tt := range map[string]struct {
		tokens Tokens
		from   string
		header string
		status int
		scope  []string
	}{
		"open, here":       {nil, "127.0.0.1:1", "", http.StatusOK, nil},
		"open, here by v6": {nil, "[::1]:1", "", http.StatusOK, nil},
		"open, elsewhere":  {nil, "192.0.2.1:1", "", http.StatusForbidden, nil},
		"open, other name": {nil, "127.0.0.1:1", "", http.StatusForbidden, nil},
		"open, unknown":    {nil, "@", "", http.StatusForbidden, nil},
		"none, here":       {some, "127.0.0.1:1", "", http.StatusUnauthorized, nil},
		"wrong":            {some, "127.0.0.1:1", "Bearer " + mine + "x", http.StatusUnauthorized, nil},
		"no bearer":        {some, "127.0.0.1:1", mine, http.StatusUnauthorized, nil},
		"mine":             {some, "192.0.2.1:1", "Bearer " + mine, http.StatusOK, []string{"pokt1mine"}},
		"everybody's":      {some, "192.0.2.1:1", "Bearer " + everybody, http.StatusOK, nil},
	} {
		var scope []string
		h := tt.tokens.guard(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { scope = Scope(r.Context()) }))
		r := httptest.NewRequest(http.MethodGet, "/v1/earnings", nil)
		r.RemoteAddr, r.Host = tt.from, "127.0.0.1:8106"
		if name == "open, other name" {
			r.Host = "site.example:8106"
		}
		r.Header.Set("Authorization", tt.header)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		require.Equal(t, tt.status, w.Code, name)
		require.Equal(t, tt.scope, scope, name)
	}
	short := filepath.Join(t.TempDir(), "short")
	require.NoError(t, os.WriteFile(short, []byte("short"), 0o600))
	_, err := LoadTokens(map[string]TokenConfig{"x": {File: short}})
	require.ErrorContains(t, err, "fewer than")
	_, err = LoadTokens(map[string]TokenConfig{"x": {File: short + "er"}})
	require.Error(t, err)
}

// A token with suppliers sees theirs, what is public, and nothing else: in every route there is.
func TestScopeInEveryRoute(t *testing.T) {
	tokens := tokensOf(t, map[string][]string{"0123456789abcdef": {"a", "b"}})
	restricted := func(route *Route, query string) (*Query, error) {
		values, err := url.ParseQuery(query)
		require.NoError(t, err)
		for _, p := range route.Params {
			if p.Required {
				values.Set(p.Name, "x")
			}
		}
		q, err := route.Parse(values)
		require.NoError(t, err)
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Authorization", "Bearer 0123456789abcdef")
		tokens.guard(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { err = restrict(r, route, q) })).ServeHTTP(httptest.NewRecorder(), r)
		return q, err
	}
	for _, route := range Routes() {
		q, err := restricted(route, "")
		if route.Public {
			require.NoError(t, err, route.Path)
			require.Empty(t, q.Values["supplier"], route.Path)
			continue
		}
		require.True(t, route.ofSuppliers(), "%s is neither public nor of suppliers: no scoped token could ask it", route.Path)
		require.NoError(t, err, route.Path)
		require.Equal(t, []string{"a", "b"}, q.Values["supplier"], route.Path)
		_, err = restricted(route, "supplier=b")
		require.NoError(t, err, route.Path)
		_, err = restricted(route, "supplier=b&supplier=c")
		require.ErrorIs(t, err, errForbidden, route.Path)
		text, _ := route.sql(q)
		require.Contains(t, text, "{only_supplier:Array(String)}", "%s does not filter by supplier", route.Path)
	}
	_, err := restricted(&Route{Path: "/v1/private"}, "")
	require.ErrorIs(t, err, errForbidden)
}

// FuzzParse: a request is read or refused, and what it says never becomes SQL text.
func FuzzParse(f *testing.F) {
	f.Add("group_by=day,supplier&from=2026-05-01&to=height:7&supplier=x&limit=3&cursor=WyJhIl0&format=csv")
	f.Add("cursor=e30&show=open&days=7&session=%27")
	routes := Routes()
	f.Fuzz(func(t *testing.T, query string) {
		values, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		for _, route := range routes {
			q, err := route.Parse(values)
			if err != nil {
				continue
			}
			text, args := route.sql(q)
			again, _ := route.sql(q)
			require.Equal(t, text, again)
			for name := range args {
				require.Regexp(t, `^[a-z_0-9]+$`, name)
			}
			for _, list := range q.Values {
				for _, v := range list {
					if len(v) > 24 { // long enough not to be a word of the query by chance
						require.NotContains(t, text, v)
					}
				}
			}
		}
	})
}
