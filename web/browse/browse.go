// Package browse drives the pages in Debian's chromium, without a window, for the tests of the page
// and for its pictures. It's no part of any program that is shipped.
package browse

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Start starts a browser, which stop ends. Without chromium it fails with a sentence.
func Start() (root context.Context, stop func(), err error) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		return nil, nil, fmt.Errorf("the pages need a browser to be looked at: install Debian's package chromium (%w)", err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.WindowSize(1440, 900))
	alloc, end := chromedp.NewExecAllocator(context.Background(), options...)
	root, cancel := chromedp.NewContext(alloc)
	stop = func() { cancel(); end() }
	if err := chromedp.Do(root); err != nil {
		stop()
		return nil, nil, err
	}
	return root, stop, nil
}

// A Tab is a page with a profile of its own.
type Tab struct {
	ctx    context.Context
	Close  func()
	mu     sync.Mutex
	faults []string
}

// Open opens a tab, 1440 by 900.
func Open(root context.Context) (*Tab, error) {
	t := &Tab{}
	ctx, cancel := chromedp.NewContext(root, chromedp.WithNewBrowserContext(), chromedp.WithListener(t.heard))
	t.ctx, t.Close = ctx, cancel
	return t, t.Do(chromedp.EmulateViewport(1440, 900), Func(func(ctx context.Context, s *chromedp.Target) error {
		_, err := cdp.Call(ctx, s, log.Enable, cdp.Empty{})
		return err
	}))
}

// Func is an action.
func Func(f func(context.Context, *chromedp.Target) error) chromedp.Action[chromedp.Void] {
	return chromedp.Func(f)
}

// heard keeps what the page complains of.
func (t *Tab) heard(event any) {
	var text string
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		text = e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			text += " " + e.ExceptionDetails.Exception.Description
		}
	case *log.EventEntryAdded:
		if e.Entry.Level != log.EntryLevelError {
			return
		}
		text = e.Entry.Text + " " + e.Entry.URL
	default:
		return
	}
	t.mu.Lock()
	t.faults = append(t.faults, text)
	t.mu.Unlock()
}

// Complaints are exceptions that nobody caught, and what the browser logged as an error: requests
// that failed, and all that the page's policy forbids.
func (t *Tab) Complaints() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]string(nil), t.faults...)
}

// Do carries out actions, for a minute at most.
func (t *Tab) Do(actions ...chromedp.Action[chromedp.Void]) error {
	if err := chromedp.Do(t.ctx); err != nil { // begins the tab, which lives as long as its own context
		return err
	}
	ctx, cancel := context.WithTimeout(t.ctx, time.Minute)
	defer cancel()
	return chromedp.Do(ctx, actions...)
}

// Go opens a page.
func (t *Tab) Go(url string) error { return t.Do(chromedp.Navigate(url)) }

// Eval is what an expression is, as text.
func (t *Tab) Eval(js string) (string, error) {
	return chromedp.Run(t.ctx, chromedp.Evaluate[string]("String("+js+")"))
}

// Until waits until an expression is true, looking each time the page draws.
func (t *Tab) Until(js string) error {
	ctx, cancel := context.WithTimeout(t.ctx, 20*time.Second)
	defer cancel()
	_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`new Promise(done => { const look = () => { try { if (`+js+`) return done(true) } catch {} setTimeout(look, 10) }; look() })`,
		func(p *runtime.EvaluateParams) { yes := true; p.AwaitPromise = &yes }))
	return err
}

// Key presses keys, one after the other, where the focus is.
func (t *Tab) Key(keys ...string) error {
	for _, k := range keys {
		if err := t.Do(chromedp.KeyEvent(k)); err != nil {
			return err
		}
	}
	return nil
}

// Click clicks on the element that a CSS selector finds.
func (t *Tab) Click(css string) error { return t.Do(chromedp.Click(chromedp.CSS(css))) }

// Focus gives an element the focus.
func (t *Tab) Focus(css string) error { return t.Do(chromedp.Focus(chromedp.CSS(css))) }

// Named counts the elements with a role and a name, as assistive technology sees them.
func (t *Tab) Named(role, name string) (n int, err error) {
	err = t.Do(Func(func(ctx context.Context, s *chromedp.Target) error {
		tree, err := cdp.Call(ctx, s, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
		if err != nil {
			return err
		}
		for _, node := range tree.Nodes {
			if !node.Ignored && value(node.Role) == role && value(node.Name) == name {
				n++
			}
		}
		return nil
	}))
	return n, err
}

func value(v *accessibility.Value) string {
	var s string
	if v == nil || json.Unmarshal(v.Value, &s) != nil {
		return ""
	}
	return s
}

// Look sets the size of the window and the theme: light or dark.
func (t *Tab) Look(width, height int64, theme string) error {
	return t.Do(chromedp.EmulateViewport(width, height), Func(func(ctx context.Context, s *chromedp.Target) error {
		_, err := cdp.Call(ctx, s, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}, {Name: "prefers-reduced-motion", Value: "reduce"}},
		})
		return err
	}))
}

// NoScripts turns scripts off for the pages that are opened from now on.
func (t *Tab) NoScripts() error {
	return t.Do(Func(func(ctx context.Context, s *chromedp.Target) error {
		_, err := cdp.Call(ctx, s, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}))
}

// Before runs a script in each page that is opened from now on, before the page's own.
func (t *Tab) Before(js string) error {
	return t.Do(Func(func(ctx context.Context, s *chromedp.Target) error {
		_, err := cdp.Call(ctx, s, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: js})
		return err
	}))
}

// Spent is the processor time of the page's main thread since it was asked for first, in milliseconds: of all
// (TaskDuration), and of kinds of work (ScriptDuration, LayoutDuration, RecalcStyleDuration). It doesn't
// depend on what else the machine does.
func (t *Tab) Spent() (map[string]float64, error) {
	spent := map[string]float64{}
	err := t.Do(Func(func(ctx context.Context, s *chromedp.Target) error {
		if _, err := cdp.Call(ctx, s, performance.Enable, performance.EnableParams{TimeDomain: performance.EnableTimeDomainThreadTicks}); err != nil {
			return err
		}
		got, err := cdp.Call(ctx, s, performance.GetMetrics, cdp.Empty{})
		if err != nil {
			return err
		}
		for _, m := range got.Metrics {
			spent[m.Name] = m.Value * 1000
		}
		return nil
	}))
	return spent, err
}

// Picture is what the window shows, as PNG.
func (t *Tab) Picture(whole bool) ([]byte, error) {
	if whole {
		return chromedp.Run(t.ctx, chromedp.FullScreenshot(100))
	}
	return chromedp.Run(t.ctx, chromedp.CaptureScreenshot())
}

// Words is an element's text as it's shown.
func (t *Tab) Words(css string) (string, error) {
	text, err := t.Eval(`document.querySelector(` + quote(css) + `).innerText`)
	return strings.TrimSpace(text), err
}

func quote(s string) string {
	b, _ := json.Marshal(s) // a string can always be written
	return string(b)
}
