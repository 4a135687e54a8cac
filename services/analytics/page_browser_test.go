package analytics_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// patience bounds everything that is awaited in the browser.
const patience = 90 * time.Second

// chromium starts a browser for all tabs of a test.
func chromium(t *testing.T) context.Context {
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil && path == "" {
			path = found
		}
	}
	require.NotEmpty(t, path, "there is no chromium: make browser installs it")
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WSURLReadTimeout(patience),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("no-proxy-server", true))
	all, stop := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), options...)
	first, end := chromedp.NewContext(all)
	t.Cleanup(func() { end(); stop() })
	require.NoError(t, chromedp.Do(first, chromedp.Navigate("about:blank")), "start chromium")
	return first
}

// tab is one tab of the browser at the service's page.
type tab struct {
	t    *testing.T
	base string
	ctx  context.Context

	mu     sync.Mutex
	faults []string // what the console said that is an error or a warning
}

// openTab opens a tab of a width, in a theme, with the page of a world.
func openTab(t *testing.T, browser context.Context, w *world, width int64, theme string) *tab {
	ctx, stop := chromedp.NewContext(browser)
	t.Cleanup(stop)
	b := &tab{t: t, base: "http://" + w.cfg.Listen, ctx: ctx}
	messages := chromedp.Console(ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			if m.IsException() || m.Type == "error" || m.Type == "warning" {
				b.mu.Lock()
				b.faults = append(b.faults, m.String())
				b.mu.Unlock()
			}
		}
	}()
	b.do(chromedp.EmulateViewport(width, 900))
	b.theme(theme)
	return b
}

// theme is what the system of who looks prefers.
func (b *tab) theme(name string) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: name}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
	require.NoError(b.t, err)
}

// clean tells that the console has said nothing bad since the last time, but for texts that are expected.
func (b *tab) clean(expected ...string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, fault := range b.faults {
		known := strings.Contains(fault, networkChanged)
		for _, text := range expected {
			known = known || strings.Contains(fault, text)
		}
		require.True(b.t, known, "the console says: %s", fault)
	}
	b.faults = nil
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.ctx, patience)
	defer stop()
	require.NoError(b.t, chromedp.Do(ctx, steps...))
}

// eval is what an expression says in the page; a promise is awaited.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.ctx, patience)
	defer stop()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	require.NoError(b.t, err, expression)
	return v
}

// comes tells whether a condition holds in the page within a time.
func (b *tab) comes(condition string, within time.Duration) bool {
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		ctx, stop := context.WithTimeout(b.ctx, patience)
		is, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+condition+")"))
		stop()
		if err == nil && is {
			return true
		}
	}
	return false
}

// until returns when a condition holds in the page.
func (b *tab) until(condition string) {
	b.t.Helper()
	if b.comes(condition, patience) {
		return
	}
	text, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`location.href + '\n' + document.body.innerText`))
	b.mu.Lock()
	defer b.mu.Unlock()
	require.Fail(b.t, "it does not come to "+condition, "%v\n%v\n%s", err, b.faults, text)
}

// isSettled: no answer is awaited, and the charts are drawn.
const isSettled = `document.documentElement.dataset.busy === 'false' && document.querySelector('h1') && !document.querySelector('.waiting, dd > .bone') &&
[...document.querySelectorAll('lode-chart')].every((c) => c.querySelector('canvas'))`

// open shows an address, with all its answers there. Where the machine's network changed meanwhile, chromium gives up
// connections, those to this machine as well: then once more.
func (b *tab) open(path string) {
	b.t.Helper()
	for range 3 {
		before := b.said(networkChanged)
		b.do(chromedp.Navigate(b.base + path))
		if b.comes(isSettled, patience) && b.said(networkChanged) == before {
			return
		}
	}
	b.settled()
}

// settled returns when the page awaits no answer and its charts are drawn.
func (b *tab) settled() {
	b.t.Helper()
	b.until(isSettled)
}

// networkChanged is what chromium says when addresses of the machine came or went.
const networkChanged = "ERR_NETWORK_CHANGED"

// said is how often the console said a text.
func (b *tab) said(text string) (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, fault := range b.faults {
		if strings.Contains(fault, text) {
			n++
		}
	}
	return n
}

// picture writes a screenshot of the whole page into the folder of LODE_SCREENSHOTS, if there is one.
func (b *tab) picture(name string) {
	folder := os.Getenv("LODE_SCREENSHOTS")
	if folder == "" {
		return
	}
	all := true
	shot, err := chromedp.Call(b.ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{CaptureBeyondViewport: &all})
	require.NoError(b.t, err)
	require.NoError(b.t, os.MkdirAll(folder, 0o755))
	require.NoError(b.t, os.WriteFile(filepath.Join(folder, name+".png"), shot.Data, 0o600))
}
