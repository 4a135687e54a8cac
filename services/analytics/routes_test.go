package analytics_test

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/analytics/api"
)

// document is the description that the service serves of itself.
func (w *world) document() *openapi3.T {
	w.t.Helper()
	res, err := http.Get("http://" + w.cfg.Listen + "/openapi.json")
	require.NoError(w.t, err)
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	require.NoError(w.t, err)
	doc, err := openapi3.NewLoader().LoadFromData(raw)
	require.NoError(w.t, err)
	require.NoError(w.t, doc.Validate(w.t.Context()))
	return doc
}

// required are values for parameters without which a route does not answer.
func required(all map[string]*session) map[string]string {
	return map[string]string{"session": all["whole"].terms.SessionId, "account": "r"}
}

// ask calls a route and checks its JSON answer against the document.
func (w *world) ask(doc *openapi3.T, path string, values url.Values) []any {
	w.t.Helper()
	var answer any
	status := w.get(strings.Replace(path, "{id}", values.Get("id"), 1)+"?"+without(values, "id").Encode(), &answer)
	require.Equal(w.t, http.StatusOK, status, "%s %v: %v", path, values, answer)
	schema := doc.Paths.Value(path).Get.Responses.Value("200").Value.Content["application/json"].Schema.Value
	require.NoError(w.t, schema.VisitJSON(answer), "%s %v", path, values)
	rows, _ := answer.(map[string]any)["rows"].([]any)
	return rows
}

func without(values url.Values, name string) url.Values {
	rest := url.Values{}
	for key, list := range values {
		if key != name {
			rest[key] = list
		}
	}
	return rest
}

// Every question is answered as the document says: by every group, with every filter, in every range and format. What a
// filter lets through has the filter's value.
func TestEveryRouteAnswersAsDescribed(t *testing.T) {
	w := newWorld(t)
	w.happenedAll(100)
	all := tell(w)
	traffic(w, rand.New(rand.NewPCG(1, 2)), func(at time.Time) time.Time { return at })
	w.rolled()
	doc := w.document()
	require.Len(t, doc.Paths.Map(), len(api.Routes())+5)
	for _, route := range api.Routes() {
		base := url.Values{}
		for _, p := range route.Params {
			if p.Required {
				base.Set(p.Name, required(all)[p.Name])
			}
		}
		plain := w.ask(doc, route.Path, base)
		if !seldom[route.Path] {
			require.NotEmpty(t, plain, route.Path)
		}
		for _, g := range route.Groups {
			rows := w.ask(doc, route.Path, and(base, "group_by", g.Name))
			for _, row := range rows {
				require.Contains(t, row, g.Name, route.Path)
			}
		}
		for _, f := range route.Filters {
			require.NotPanics(t, func() { w.ask(doc, route.Path, and(base, f.Name, "none such")) })
		}
		for _, p := range route.Params {
			for _, choice := range p.Choices {
				w.ask(doc, route.Path, and(base, p.Name, choice))
			}
		}
		if !route.NoRange {
			if rows := w.ask(doc, route.Path, and(base, "from", "2200-01-01")); !states[route.Path] {
				require.Empty(t, rows, route.Path)
			}
			w.ask(doc, route.Path, and(base, "from", "height:2", "to", "height:90"))
			w.ask(doc, route.Path, and(base, "from", "2026-05-01T00:00:00Z", "to", "2026-05-02"))
		}
		w.pages(doc, route, base)
		w.files(route, base)
	}
}

// seldom are routes whose facts come from a node, which there is none of here, or only by chance.
var seldom = map[string]bool{"/v1/supply": true, "/v1/params": true, "/v1/fees": true, "/v1/selection": true}

// states are routes that list what there is now, whatever the range of what it did.
var states = map[string]bool{"/v1/suppliers": true, "/v1/concentration": true}

func and(base url.Values, pairs ...string) url.Values {
	values := url.Values{}
	for key, list := range base {
		values[key] = list
	}
	for i := 0; i < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return values
}

// pages: one row at a time are the same rows as all at once.
func (w *world) pages(doc *openapi3.T, route *api.Route, base url.Values) {
	w.t.Helper()
	if len(route.Groups) > 0 {
		names := []string{}
		for _, g := range route.Groups[:min(3, len(route.Groups))] {
			names = append(names, g.Name)
		}
		base = and(base, "group_by", strings.Join(names, ","))
	}
	whole := w.ask(doc, route.Path, and(base, "limit", "5000"))
	values := and(base, "limit", fmt.Sprint(max(1, len(whole)/4)))
	var got []any
	for {
		var page struct {
			Rows []any  `json:"rows"`
			Next string `json:"next_cursor"`
		}
		require.Equal(w.t, http.StatusOK, w.get(route.Path+"?"+values.Encode(), &page), route.Path)
		got = append(got, page.Rows...)
		if page.Next == "" {
			break
		}
		values.Set("cursor", page.Next)
	}
	require.Equal(w.t, len(whole), len(got), "%s %v %v", route.Path, whole, got)
	if len(whole) > 0 && route.Path != "/v1/tables" { // whose rows change while they are read
		require.Equal(w.t, whole, got, route.Path)
	}
}

// files: CSV has a line for each row, and the others are what they say they are.
func (w *world) files(route *api.Route, base url.Values) {
	w.t.Helper()
	begins := map[string]string{"csv": `"`, "parquet": "PAR1", "arrow": "ARROW1"}
	for name, begin := range begins {
		res, err := http.Get("http://" + w.cfg.Listen + route.Path + "?" + and(base, "format", name).Encode())
		require.NoError(w.t, err)
		raw, err := io.ReadAll(res.Body)
		require.NoError(w.t, err)
		require.NoError(w.t, res.Body.Close())
		require.Equal(w.t, http.StatusOK, res.StatusCode, "%s %s %s", route.Path, name, raw)
		require.True(w.t, strings.HasPrefix(string(raw), begin), "%s %s", route.Path, name)
		require.Contains(w.t, res.Header.Get("Content-Disposition"), route.Name()+"."+name)
	}
}

func TestRoutesRefuseWhatTheyCannotAnswer(t *testing.T) {
	w := newWorld(t)
	for path, want := range map[string]string{
		"/v1/earnings?group_by=height,height":  "group_by must be",
		"/v1/earnings?group_by=1":              "group_by must be",
		"/v1/earnings?group_by=day&group_by=x": "given once",
		"/v1/earnings?from=yesterday":          "from must be",
		"/v1/earnings?to=99999-01-01":          "to must be",
		"/v1/earnings?from=-1":                 "from must be",
		"/v1/earnings?from=height:0":           "from must be",
		"/v1/earnings?format=xml":              "format must be",
		"/v1/earnings?suplier=x":               "there is no parameter",
		"/v1/earnings?supplier=":               "supplier must be",
		"/v1/earnings?cursor=x":                "cursor must be",
		"/v1/earnings?cursor=WyJ4Il0":          "cursor must be", // ["x"]: no day
		"/v1/relays?limit=0":                   "limit must be",
		"/v1/relays?limit=5001":                "limit must be",
		"/v1/relays/raw":                       "session must be given",
		"/v1/claims?show=perhaps":              "show must be",
		"/v1/applications?days=x":              "days must be",
		"/v1/ledger?after_height=x":            "after_height must be",
		"/v1/ledger?format=csv":                "format must be json",
		"/v1/funnel?by=x":                      "by must be",
		"/v1/whatif?by=x":                      "by must be",
		"/v1/whatif?mint_ratio=2":              "mint_ratio must be",
		"/v1/whatif?mint_ratio=NaN":            "mint_ratio must be",
		"/v1/whatif?token_granularity=0":       "token_granularity must be",
		"/v1/whatif?token_multiplier=9e9":      "token_multiplier must be",
		"/v1/whatif?target=00":                 "target must be",
	} {
		var answer map[string]string
		require.Equal(t, http.StatusBadRequest, w.get(path, &answer), path)
		require.Contains(t, answer["error"], want, path)
	}
	var answer map[string]any
	require.Equal(t, http.StatusNotFound, w.get("/v1/sessions/unknown", &answer))
	answer = nil
	require.Equal(t, http.StatusOK, w.get("/v1/ledger?session="+url.QueryEscape("' OR 1=1 --"), &answer))
	raw, err := json.Marshal(answer)
	require.NoError(t, err)
	require.Equal(t, `{"rows":[]}`, string(raw))
}
