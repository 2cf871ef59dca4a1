package main

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/html"
)

// walker is a browser without scripts: it follows links and sends forms.
type walker struct{ http *http.Client }

func newWalker() *walker { return &walker{&http.Client{Timeout: 20 * time.Second}} }

// sheet is what a person sees of a page.
type sheet struct {
	links []string // absolute
	form  *form
}

type form struct {
	action string // absolute
	values url.Values
}

// choose opens a page of slots, picks one of them and confirms it. When somebody was
// faster it picks among those that are offered instead. It tells whether it is booked.
func (w *walker) choose(ctx context.Context, page string, pick int) bool {
	s := w.get(ctx, page)
	for range 4 {
		slots := s.slots()
		if len(slots) == 0 {
			return false
		}
		check := w.get(ctx, slots[pick%len(slots)])
		if check == nil || check.form == nil {
			return false
		}
		s = w.send(ctx, check.form)
		if s == nil {
			return false
		}
		if len(s.slots()) == 0 {
			return true
		}
	}
	return false
}

// confirm opens a summary page and sends its form.
func (w *walker) confirm(ctx context.Context, page string) bool {
	s := w.get(ctx, page)
	return s != nil && s.form != nil && w.send(ctx, s.form) != nil
}

// slots are the links that choose a start.
func (s *sheet) slots() []string {
	if s == nil {
		return nil
	}
	var out []string
	for _, l := range s.links {
		if strings.Contains(l, "/check?") && strings.Contains(l, "start=") {
			out = append(out, l)
		}
	}
	return out
}

// get is a page, or nil: an invented person gives up where a real one would.
func (w *walker) get(ctx context.Context, address string) *sheet {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil
	}
	return w.do(req)
}

func (w *walker) send(ctx context.Context, f *form) *sheet {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, f.action, strings.NewReader(f.values.Encode()))
	if err != nil {
		return nil
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return w.do(req)
}

func (w *walker) do(req *http.Request) *sheet {
	res, err := w.http.Do(req)
	if err != nil {
		return nil
	}
	defer res.Body.Close()
	if res.StatusCode >= 500 || res.StatusCode == http.StatusNotFound {
		return nil
	}
	s, err := readSheet(res.Request.URL, io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return nil
	}
	return s
}

// readSheet finds the links and the first form of a page.
func readSheet(at *url.URL, r io.Reader) (*sheet, error) {
	root, err := html.Parse(r)
	if err != nil {
		return nil, err
	}
	s := &sheet{}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch n.Data {
		case "a":
			if u, err := at.Parse(attribute(n, "href")); err == nil {
				s.links = append(s.links, u.String())
			}
		case "form":
			if u, err := at.Parse(attribute(n, "action")); err == nil && s.form == nil {
				s.form = &form{u.String(), fieldsOf(n)}
			}
		}
	}
	return s, nil
}

func fieldsOf(f *html.Node) url.Values {
	v := url.Values{}
	for n := range f.Descendants() {
		if n.Type == html.ElementNode && n.Data == "input" && attribute(n, "name") != "" {
			v.Add(attribute(n, "name"), attribute(n, "value"))
		}
	}
	return v
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
