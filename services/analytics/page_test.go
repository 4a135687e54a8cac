package analytics_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/analytics/api"
)

// span is the range of all that happens in the page's history.
const span = "from=2026-05-01&to=2026-05-08"

// pageViews are an address of each view.
func pageViews(sessions []*session) map[string]string {
	return map[string]string{
		"overview": "/?" + span, "earnings": "/earnings?" + span, "funnel": "/funnel?" + span, "sessions": "/sessions?" + span,
		"session": "/sessions/" + sessions[5].terms.SessionId, "claims": "/claims?" + span, "services": "/services?" + span, "suppliers": "/suppliers?" + span,
		"applications": "/applications?range=all", "difficulty": "/difficulty?range=all", "supply": "/supply?range=all", "params": "/params?range=all",
		"whatif": "/whatif?range=all&mint_ratio=0.5&by=service", "questions": "/ask", "question": "/ask/rewards?range=all&group_by=day,reason",
	}
}

// The page in a real browser, over the service, the store and a history that is known. One browser and one history serve
// all of it; the last parts add to the history and ask for a token.
func TestPage(t *testing.T) {
	w := newWorld(t)
	sessions := pageHistory(w)
	browser := chromium(t)
	b := openTab(t, browser, w, 1280, "light")
	views := pageViews(sessions)
	for _, part := range []struct {
		name string
		test func(t *testing.T, b *tab)
	}{
		{"every view", func(t *testing.T, b *tab) { everyView(t, b, w, views) }},
		{"amounts are exact", amountsAreExact},
		{"the overview's figures", func(t *testing.T, b *tab) { overviewFigures(t, b, w) }},
		{"a session's figures", func(t *testing.T, b *tab) { sessionFigures(t, b, w, sessions[5].terms.SessionId) }},
		{"an address is the whole state", addressIsState},
		{"by keyboard", byKeyboard},
		{"what if", func(t *testing.T, b *tab) { whatIf(t, b, w) }},
		{"nothing, and what is wrong", nothingAndWrong},
		{"light and dark", lightAndDark},
		{"on a phone", onAPhone},
		{"news come by themselves", func(t *testing.T, b *tab) { news(t, b, w) }},
		{"a token is asked for", func(t *testing.T, b *tab) { tokenAsked(t, b, w) }},
	} {
		if !t.Run(part.name, func(t *testing.T) {
			b.t = t
			part.test(t, b)
		}) {
			return
		}
	}
}

// shown are a table's rows as the page has them, and the call that it says they came from.
type shown struct {
	Name, URL string
	Rows      []map[string]string
}

const readTables = `[...document.querySelectorAll('table[data-table]')].filter((t) => t.querySelector('[data-column]') && t.closest('section').querySelector('.sources')).map((t) => ({
	Name: t.dataset.table, URL: t.closest('section').querySelector('.sources a').getAttribute('href'),
	Rows: [...t.tBodies[0].rows].map((row) => Object.fromEntries([...row.querySelectorAll('[data-column]')].map((c) => [c.dataset.column,
		c.querySelector('data')?.getAttribute('value') ?? c.querySelector('time')?.getAttribute('datetime') ?? c.querySelector('[title]')?.title ?? c.textContent.trim()])))}))`

// everyView opens each view once: each cell of each table is what the call says that the table links to, axe finds
// nothing, light or dark, and on a phone nothing is wider than the screen.
func everyView(t *testing.T, b *tab, w *world, views map[string]string) {
	axe, err := os.ReadFile(filepath.Join("web", "node_modules", "axe-core", "axe.min.js"))
	require.NoError(t, err, "make deps installs it")
	cells := 0
	for name, path := range views {
		b.open(path)
		b.picture(name + "-desktop-light")
		for _, table := range eval[[]shown](b, readTables) {
			cells += w.sameAsTheAPI(table)
		}
		require.True(t, eval[bool](b, `document.querySelectorAll('h1').length === 1 && document.querySelectorAll('main').length === 1`), name)
		b.do(chromedp.Evaluate[chromedp.Void](string(axe)))
		require.Empty(t, eval[[]string](b, fmt.Sprintf(audit, "")), "%s, light", name)
		b.theme("dark")
		require.Empty(t, eval[[]string](b, fmt.Sprintf(audit, "runOnly: ['color-contrast']")), "%s, dark", name)
		b.picture(name + "-desktop-dark")
		b.theme("light")
		b.do(chromedp.EmulateViewport(360, 780))
		b.until(`innerWidth === 360`)
		b.settled()
		require.LessOrEqual(t, eval[int](b, `document.documentElement.scrollWidth`), 360, "%s: %s", name, eval[string](b, widest))
		b.picture(name + "-phone-light")
		b.do(chromedp.EmulateViewport(1280, 900))
	}
	require.Greater(t, cells, 500, "the tables are there")
	b.clean()
}

// widest are the elements that reach beyond the screen.
const widest = `[...document.querySelectorAll('main *')].filter((e) => !e.closest('.scroll') && e.getBoundingClientRect().right > 361).map((e) => e.tagName + '.' + e.className).join(' ')`

const audit = `axe.run(document, {resultTypes: ['violations'], %s}).then((r) => r.violations.map((v) => v.id + ': ' + v.help + '\n' + v.nodes.map((n) => n.html + ' ' + n.failureSummary).join('\n')))`

// sameAsTheAPI compares a table with the call that it says it came from, and returns the number of cells.
func (w *world) sameAsTheAPI(table shown) (cells int) {
	var answer map[string]json.RawMessage
	require.Equal(w.t, http.StatusOK, w.get(table.URL, &answer), table.URL)
	var rows []map[string]json.RawMessage
	if answer["rows"] == nil {
		return 0 // a session's story: its figures have a test of their own
	}
	require.NoError(w.t, json.Unmarshal(answer["rows"], &rows))
	require.Len(w.t, table.Rows, len(rows), "%s: %s", table.URL, table.Name)
	for i, row := range table.Rows {
		for column, text := range row {
			raw := string(rows[i][column])
			if strings.HasPrefix(raw, "[") {
				continue // lists are shortened
			}
			require.Equal(w.t, plainly(raw, column), plainText(text), "%s: %s: row %d, %s", table.URL, table.Name, i, column)
			cells++
		}
	}
	return cells
}

// plainly is a value of an answer as a cell has it.
func plainly(raw, column string) string {
	switch {
	case raw == "null", raw == `""`, raw == "0" && strings.Contains(column, "height"):
		return "–"
	case raw == "true":
		return "yes"
	case raw == "false":
		return "no"
	}
	var text string
	if json.Unmarshal([]byte(raw), &text) != nil {
		text = raw
	}
	return plainText(text)
}

func plainText(text string) string { return strings.ToLower(strings.ReplaceAll(text, "_", " ")) }

// amountsAreExact: what format.js makes of any amount is what big integers say, and numbers beyond 2^53 are read whole.
func amountsAreExact(t *testing.T, b *tab) {
	random := rand.New(rand.NewPCG(1, 1))
	amounts := []string{"0", "1", "-1", "999999", "1000000", "-1000001", "18446744073709551616000000"}
	for range 200 {
		n := new(big.Int).SetUint64(random.Uint64() >> random.IntN(64))
		if n.Mul(n, big.NewInt(1+random.Int64N(1e9))); random.IntN(2) == 0 {
			n.Neg(n)
		}
		amounts = append(amounts, n.String())
	}
	list, err := json.Marshal(amounts)
	require.NoError(t, err)
	got := eval[[]string](b, fmt.Sprintf(`import('/static/format.js').then((f) => %s.map(f.poktText))`, list))
	for i, text := range amounts {
		n, _ := new(big.Int).SetString(text, 10)
		whole, rest := new(big.Int).QuoRem(new(big.Int).Abs(n), big.NewInt(1e6), new(big.Int))
		want := fmt.Sprintf("%s.%06d", whole, rest)
		if n.Sign() < 0 {
			want = "−" + want
		}
		require.Equal(t, want, strings.ReplaceAll(got[i], ",", ""), text)
		for _, group := range strings.Split(strings.Split(strings.TrimPrefix(got[i], "−"), ".")[0], ",")[1:] {
			require.Len(t, group, 3, got[i])
		}
	}
	require.Equal(t, "9007199254740993 -1.5 7", eval[string](b, `import('/static/ask.js').then((a) => { const o = a.parse('{"n":9007199254740993,"x":-1.5,"y":7}'); return [o.n, o.x, o.y].join(' '); })`))
	require.Equal(t, "19000000000000000001", eval[string](b, `import('/static/format.js').then((f) => f.sum(['19000000000000000000', '1', null]))`))
}

// overviewFigures are to the unit what the API says, and each links to its call.
func overviewFigures(t *testing.T, b *tab, w *world) {
	b.open("/?" + span)
	metric := func(name string) string {
		return eval[string](b, fmt.Sprintf(`document.querySelector('[data-metric=%q] data').getAttribute('value')`, name))
	}
	earned := w.list("/v1/earnings?group_by=total&" + span).Rows[0]
	served := w.list("/v1/relays?group_by=total&" + span).Rows[0]
	owed := new(big.Int)
	for _, row := range w.list("/v1/obligations?limit=5000").Rows {
		n, _ := new(big.Int).SetString(row["claimed_upokt"].(string), 10)
		owed.Add(owed, n)
	}
	for name, want := range map[string]any{
		"Earned": earned["earned_upokt"], "Relays": served["relays"], "Open claims": owed, "Latency p50": served["backend_ms_p50"],
		"First token p50": served["first_token_ms_p50"], "Tokens per second": served["completion_tokens_per_second"], "Success": served["success_rate"],
	} {
		require.Equal(t, fmt.Sprint(want), metric(name), name)
	}
	require.Equal(t, "/v1/earnings?group_by=total&"+span, eval[string](b, `document.querySelector('[data-metric=Earned] a').getAttribute('href')`))
	var funnel struct {
		Rows []struct {
			Relays   map[string]uint64 `json:"relays"`
			Residues []struct {
				Cause, Upokt string
			} `json:"residues"`
		} `json:"rows"`
	}
	require.Equal(t, http.StatusOK, w.get("/v1/funnel?by=all&"+span, &funnel))
	leak := funnel.Rows[0].Residues[0] // the dearest first
	if leak.Cause == "open" {
		leak = funnel.Rows[0].Residues[1]
	}
	require.Equal(t, "expired", leak.Cause)
	require.Equal(t, []string{leak.Cause, leak.Upokt}, eval[[]string](b, `[document.querySelector('[data-leak]').dataset.leak, document.querySelector('[data-leak] data').getAttribute('value')]`))
	for _, stage := range []string{"served", "logged", "mined", "claimed", "settled"} {
		require.Equal(t, fmt.Sprint(funnel.Rows[0].Relays[stage]), eval[string](b, fmt.Sprintf(`document.querySelector('[data-stage=%s] data').getAttribute('value')`, stage)), stage)
	}
	b.clean()
}

// sessionFigures are those of the ledger, and the page has every part of the story.
func sessionFigures(t *testing.T, b *tab, w *world, id string) {
	b.open("/sessions/" + id)
	var story struct {
		Lines  []map[string]any
		Events []struct{ Event string }
		Shares []struct{ Upokt string }
	}
	require.Equal(t, http.StatusOK, w.get("/v1/sessions/"+id, &story))
	for _, name := range []string{"refused", "served", "logged", "mined", "filtered", "duplicate", "late", "claimed", "settled", "claimed_upokt", "settled_upokt", "minted_upokt", "earned_upokt", "fee_upokt"} {
		require.Equal(t, fmt.Sprint(story.Lines[0][name]), eval[string](b, fmt.Sprintf(`document.querySelector('[data-figure=%s] data').getAttribute('value')`, name)), name)
	}
	require.Len(t, story.Events, eval[int](b, `document.querySelectorAll('table[data-table=Events] tbody tr').length`))
	require.NotEmpty(t, story.Shares)
	for i, share := range story.Shares {
		require.Equal(t, share.Upokt, eval[string](b, fmt.Sprintf(`document.querySelectorAll('[data-part=shares] [data-column=upokt] data')[%d].getAttribute('value')`, i)))
	}
	for _, part := range []string{"trees", "obligations", "transactions", "settlements"} {
		require.True(t, eval[bool](b, fmt.Sprintf(`document.querySelector('[data-part=%s]') !== null`, part)), part)
	}
	b.clean()
}

const showsNow = `[location.pathname + location.search, [...document.querySelectorAll('main [aria-current]')].map((a) => a.textContent.trim()).join(' '),
	[...document.querySelectorAll('.chip b')].map((c) => c.title).join(' '), document.querySelector('table[data-table=Earnings]').textContent].join('\n')`

// addressIsState: a deep link restores range, grouping, filter and order; controls change it; back goes back.
func addressIsState(t *testing.T, b *tab) {
	const link = "/earnings?from=height:20&to=height:100&group_by=service,application&service=llama-70b&sort=-earned_upokt"
	b.open(link)
	first := eval[string](b, showsNow)
	require.Contains(t, first, "application service")
	require.Contains(t, first, "llama-70b")
	require.Equal(t, []string{"height:20", "height:100"}, eval[[]string](b, `[...document.querySelectorAll('.bounds input[name=from], .bounds input[name=to]')].map((i) => i.value)`))
	require.Equal(t, "descending", eval[string](b, `document.querySelector('th[aria-sort]').getAttribute('aria-sort')`))
	require.Equal(t, []string{"llama-70b"}, eval[[]string](b, `[...new Set([...document.querySelectorAll('table[data-table=Earnings] [data-column=service]')].map((c) => c.textContent.trim()))]`))
	b.do(chromedp.Reload())
	b.settled()
	require.Equal(t, first, eval[string](b, showsNow))

	b.do(chromedp.Click(chromedp.CSS(`.choices a[href*="group_by=service,application,day"]`)))
	b.until(`location.search.includes('group_by=service,application,day')`)
	b.settled()
	require.NotEqual(t, first, eval[string](b, showsNow))
	b.do(chromedp.Click(chromedp.CSS(`.chip`)))
	b.until(`!location.search.includes('service=llama')`)
	b.settled()
	b.do(chromedp.Click(chromedp.CSS(`nav[aria-label="Time range"] li:last-child a`)))
	b.until(`location.search.includes('range=all') && !location.search.includes('from')`)
	b.settled()
	require.Equal(t, []string{"llama-70b", "mistral-small"}, eval[[]string](b, `[...new Set([...document.querySelectorAll('table[data-table=Earnings] [data-column=service]')].map((c) => c.textContent.trim()))].sort()`))
	b.do(chromedp.NavigateBack(), chromedp.NavigateBack(), chromedp.NavigateBack())
	b.until(`location.search.includes('sort=-earned')`)
	b.settled()
	require.Equal(t, first, eval[string](b, showsNow))
	b.clean()
}

func (b *tab) keys(list ...string) {
	b.t.Helper()
	for _, key := range list {
		b.do(chromedp.KeyEvent(key))
	}
}

const focused = `document.activeElement.textContent.trim()`

// byKeyboard: past the menu by the skip link, to another view, and through its controls.
func byKeyboard(t *testing.T, b *tab) {
	b.open("/?" + span)
	b.keys(kb.Tab)
	require.Equal(t, "Skip to the content", eval[string](b, focused))
	b.keys(kb.Enter)
	require.Equal(t, "main", eval[string](b, `document.activeElement.id`))
	b.keys(kb.Tab)
	require.Equal(t, "1 h", eval[string](b, focused), "the first control of the content")
	b.do(chromedp.Focus(chromedp.CSS(`#menu a[aria-current]`)))
	b.keys(kb.Tab)
	require.Equal(t, "Earnings", eval[string](b, focused))
	b.keys(kb.Enter)
	b.until(`location.pathname === '/earnings'`)
	require.Equal(t, "H1 Earnings", eval[string](b, `document.activeElement.tagName + ' ' + document.activeElement.textContent.trim()`))
	b.settled()
	b.until(`document.querySelector('[role=status]').textContent.includes('Earnings')`)
	require.Equal(t, span, eval[string](b, `location.search.slice(1)`), "the range goes along")
	b.do(chromedp.Focus(chromedp.CSS(`.filters input[name=value]`)))
	b.keys("pokt1supplier00000000000000000000000000000", kb.Enter)
	b.until(`location.search.includes('supplier=pokt1supplier0')`)
	b.settled()
	require.Equal(t, "value", eval[string](b, `document.activeElement.name`), "the focus stays")
	b.do(chromedp.Focus(chromedp.CSS(`figure summary`)))
	b.keys(kb.Enter)
	b.until(`document.querySelectorAll('figure details[open] tbody tr').length > 3`)
	b.clean()
}

// whatIf: the form is an address, and the answer is the API's.
func whatIf(t *testing.T, b *tab, w *world) {
	b.open("/whatif?range=all")
	b.do(chromedp.Focus(chromedp.CSS(`input[name=mint_ratio]`)))
	b.keys("0.25", kb.Enter)
	b.until(`location.search === '?range=all&mint_ratio=0.25'`)
	b.settled()
	var answer struct {
		Rows []struct{ Actual, Then map[string]string }
	}
	require.Equal(t, http.StatusOK, w.get("/v1/whatif?mint_ratio=0.25", &answer))
	for side, values := range map[string]map[string]string{"actual": answer.Rows[0].Actual, "then": answer.Rows[0].Then} {
		for name, want := range values {
			require.Equal(t, want, eval[string](b, fmt.Sprintf(`document.querySelector('[data-key=all] [data-row=%s] [data-side=%s] data').getAttribute('value')`, name, side)), name)
		}
	}
	require.NotEqual(t, answer.Rows[0].Actual["earned_upokt"], answer.Rows[0].Then["earned_upokt"])
	b.clean()
}

// nothingAndWrong: an empty answer, a refused one, and pages that are not there say so.
func nothingAndWrong(t *testing.T, b *tab) {
	for path, want := range map[string]string{
		"/earnings?range=1h":        "Nothing here in this range",
		"/earnings?from=yesterday":  "from must be a date",
		"/sessions/unknown":         "There is no such thing in the store",
		"/nowhere":                  "There is no such page",
		"/ask/nowhere":              "There is no such question",
		"/ask/relays/raw":           "Show",
		"/difficulty?service=other": "Nothing here",
	} {
		b.open(path)
		require.Contains(t, eval[string](b, `document.querySelector('main').innerText`), want, path)
	}
	b.clean("status of 400", "status of 404")
}

// lightAndDark: the system's theme counts, until one is chosen; the choice is kept.
func lightAndDark(t *testing.T, b *tab) {
	ground := func() string { return eval[string](b, `getComputedStyle(document.body).backgroundColor`) }
	b.open("/ask")
	light := ground()
	b.theme("dark")
	dark := ground()
	require.NotEqual(t, light, dark)
	b.theme("light")
	b.do(chromedp.SetValue(chromedp.CSS(`.theme select`), "dark"), chromedp.Evaluate[chromedp.Void](`document.querySelector('.theme select').dispatchEvent(new Event('change', {bubbles: true}))`))
	require.Equal(t, dark, ground())
	b.do(chromedp.Reload())
	b.settled()
	require.Equal(t, dark, ground(), "the choice is kept")
	b.do(chromedp.Evaluate[chromedp.Void](`localStorage.clear()`))
	b.clean()
}

// onAPhone: the menu opens and closes, by keyboard as well.
func onAPhone(t *testing.T, b *tab) {
	b.do(chromedp.EmulateViewport(360, 780))
	b.open("/?" + span)
	b.do(chromedp.Focus(chromedp.CSS(`.burger`)))
	b.keys(kb.Enter)
	b.until(`document.querySelector('.burger').ariaExpanded === 'true' && document.querySelector('#menu a').offsetHeight > 0`)
	b.picture("menu-phone-light")
	require.LessOrEqual(t, eval[int](b, `document.documentElement.scrollWidth`), 360)
	b.keys(kb.Escape)
	b.until(`document.querySelector('#menu a').offsetHeight === 0 && document.activeElement.className === 'burger'`)
	b.do(chromedp.EmulateViewport(1280, 900))
	b.clean()
}

// news: a block and a session appear in an open page, without a new load; paused, they do not.
func news(t *testing.T, b *tab, w *world) {
	b.open("/sessions?range=all")
	b.until(`document.querySelector('[data-live=live]')`)
	b.do(chromedp.Evaluate[chromedp.Void](`window.loaded = 'once'`))
	s := w.session("news", pageEnd+10)
	s.sealed(s.served("relayer-b", 1, s.relay(1, true), s.relay(2, false)), 1, 1, 0)
	w.block(pageEnd + 5)
	b.until(fmt.Sprintf(`document.querySelector('[data-height]').getAttribute('value') === '%d'`, pageEnd+5))
	b.until(fmt.Sprintf(`document.querySelector('tr[data-session="%s"]')`, s.terms.SessionId))
	require.Equal(t, "once", eval[string](b, `window.loaded`))
	b.do(chromedp.Click(chromedp.CSS(`.status button`)))
	b.until(`document.querySelector('[data-live=paused]')`)
	w.block(pageEnd + 6)
	w.settle()
	b.do(chromedp.Click(chromedp.CSS(`.status button`)))
	b.until(fmt.Sprintf(`document.querySelector('[data-height]').getAttribute('value') === '%d'`, pageEnd+6))
	b.clean()
}

// tokenAsked: with tokens the page asks for one, keeps it in the tab, and shows what it sees.
func tokenAsked(t *testing.T, b *tab, w *world) {
	const all, mine, supplier = "everything-0123456789", "only-mine-0123456789", "pokt1supplier10000000000000000000000000000"
	file := func(text string) string {
		name := filepath.Join(t.TempDir(), "token")
		require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
		return name
	}
	w.stop()
	w.cfg.Tokens = map[string]api.TokenConfig{"all": {File: file(all)}, "mine": {File: file(mine), Suppliers: []string{supplier}}}
	w.start()
	use := func(text string) {
		b.until(`document.activeElement.name === 'token'`)
		b.do(chromedp.Evaluate[chromedp.Void](`document.activeElement.value = ''`))
		b.keys(text, kb.Enter)
	}
	b.do(chromedp.Navigate(b.base + "/earnings?group_by=supplier&" + span))
	use("a wrong token, long enough")
	b.until(`document.querySelector('#gate-fault')?.textContent.includes('does not know')`)
	b.picture("token-desktop-light")
	use(all)
	b.until(`!document.querySelector('.gate')`)
	b.settled()
	const suppliers = `[...document.querySelectorAll('table[data-table=Earnings] [data-column=supplier] [title]')].map((s) => s.title)`
	require.Len(t, eval[[]string](b, suppliers), 2)
	b.do(chromedp.Reload())
	b.settled()
	require.Len(t, eval[[]string](b, suppliers), 2, "the token is kept in the tab")
	b.until(`document.querySelector('[data-live=live]')`)
	b.do(chromedp.Click(`//button[.="Forget token"]`))
	use(mine)
	b.until(`!document.querySelector('.gate')`)
	b.settled()
	require.Equal(t, []string{supplier}, eval[[]string](b, suppliers))
	b.open("/claims?supplier=pokt1other&" + span)
	require.Contains(t, eval[string](b, `document.querySelector('main').innerText`), "Your token does not see this")
	b.clean("status of 401", "status of 403", "ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING")
}
