package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"relance/engine"
)

// textsCmd shows texts as people get them. It sends and stores nothing.
type textsCmd struct {
	Name         string            `arg:"" optional:"" help:"A text, such as fr/sms/invitation; without one all of them are listed."`
	File         string            `short:"f" placeholder:"FILE" help:"A draft of it, in Liquid, instead of the one that holds (- for standard input)."`
	Subject      string            `help:"The draft's subject, of an email."`
	Setup        string            `placeholder:"FILE" help:"The set-up file whose names are said; an invented organisation without one."`
	Organisation string            `help:"Which organisation of the file; the first one without it."`
	Service      string            `help:"Which service; without it the first one's names are said, and an SMS must fit all."`
	URL          string            `default:"https://rdv.example.org" help:"The public address, for the length of links."`
	Set          map[string]string `placeholder:"NAME=VALUE" help:"Say this instead of the sample's."`
	Source       bool              `help:"Print the template itself."`
	HTML         bool              `name:"html" help:"Print the HTML of an email too."`
}

// Help is the long help of the command.
func (textsCmd) Help() string {
	return `  relance texts                                     every text, its parts, and its parts at the longest
  relance texts fr/sms/invitation                   one of them
  relance texts fr/sms/invitation --source          its template, to start from
  relance texts fr/sms/relance_2                    what the second relance says
  relance texts fr/sms/invitation -f draft.liquid --setup setup.yaml --service orientation`
}

// Run looks at texts on a store in memory.
func (c *textsCmd) Run(ctx context.Context, s *streams) error {
	e, end, err := rehearsal(parts{links: make([]byte, 32), clock: engine.WallClock{}, publicURL: c.URL})
	if err != nil {
		return err
	}
	defer end()
	org, err := c.organisation(ctx, e)
	if err != nil {
		return err
	}
	if c.Name == "" {
		return c.list(ctx, e, org, s.Out)
	}
	key, err := c.key()
	if err != nil {
		return err
	}
	if c.Source {
		held, err := e.Text(ctx, org, key)
		if err != nil {
			return err
		}
		if held.Subject != "" {
			fmt.Fprintf(s.Out, "Subject: %s\n", strings.TrimSpace(held.Subject))
		}
		_, err = fmt.Fprintln(s.Out, strings.TrimSpace(held.Body))
		return err
	}
	return c.show(ctx, e, org, key, s)
}

// organisation fills the store from the set-up and answers with the one to speak for.
func (c *textsCmd) organisation(ctx context.Context, e *engine.Engine) (engine.OrganisationID, error) {
	file, text := "the sample", sampleSetup
	if c.Setup != "" {
		raw, err := os.ReadFile(c.Setup)
		if err != nil {
			return "", fmt.Errorf("the set-up file cannot be read: %w", err)
		}
		file, text = c.Setup, raw
	}
	found := &mistakes{file: file}
	set := readSetup(text, found)
	if set != nil {
		if err := rehearseOn(ctx, e, set, found); err != nil {
			return "", err
		}
	}
	if err := found.orNil(); err != nil {
		return "", err
	}
	for _, o := range set.Organisations {
		if c.Organisation == "" || c.Organisation == string(o.ID) {
			return o.ID, nil
		}
	}
	return "", &mistakes{file: "--organisation", lines: []string{"there is none of this id in " + file}}
}

func (c *textsCmd) key() (engine.TextKey, error) {
	parts := strings.Split(c.Name, "/")
	if len(parts) != 3 {
		return engine.TextKey{}, &mistakes{file: "the name of the text", lines: []string{"it is language/channel/kind, such as fr/sms/invitation"}}
	}
	return engine.TextKey{
		Service: engine.ServiceID(c.Service), Language: parts[0], Channel: engine.Channel(parts[1]), Kind: engine.MessageKind(parts[2]),
	}, nil
}

// list prints every text with what its SMS takes.
func (c *textsCmd) list(ctx context.Context, e *engine.Engine, org engine.OrganisationID, out io.Writer) error {
	all, err := newTexts()
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%-40s %-8s %6s %8s\n", "text", "carried", "parts", "longest")
	for _, name := range all.book.Keys() {
		if strings.HasSuffix(name, ".subject") {
			continue
		}
		named := textsCmd{Name: name, Service: c.Service}
		key, err := named.key()
		if err != nil {
			return err
		}
		p, err := e.PreviewText(ctx, org, engine.PreviewRequest{TextKey: key})
		if err != nil {
			return err
		}
		if key.Channel != engine.SMS {
			fmt.Fprintln(out, name)
			continue
		}
		fmt.Fprintf(out, "%-40s %-8s %6d %8d\n", name, p.Text.Encoding, p.Text.Parts, p.Longest.Parts)
	}
	return nil
}

// show prints one text and what was found about it. Its error is a *mistakes when a draft is refused.
func (c *textsCmd) show(ctx context.Context, e *engine.Engine, org engine.OrganisationID, key engine.TextKey, s *streams) error {
	r := engine.PreviewRequest{TextKey: key, Subject: c.Subject, Values: c.values(e, key.Kind)}
	if c.File != "" {
		draft, err := readDraft(c.File, s.In)
		if err != nil {
			return err
		}
		r.Body = draft
	}
	p, err := e.PreviewText(ctx, org, r)
	if err != nil {
		return err
	}
	refused := &mistakes{file: cmp.Or(c.File, "the text "+c.Name)}
	for _, f := range p.Findings {
		if f.Advice {
			fmt.Fprintf(s.Err, "advice: %s\n", adviceLine(f))
		} else {
			refused.lines = append(refused.lines, adviceLine(f))
		}
	}
	if p.Text != nil {
		c.print(s.Out, p)
	}
	if p.Longest != nil && p.Longest.Parts > p.MaxParts {
		refused.lines = append(refused.lines, fmt.Sprintf("it takes up to %d parts: the most is %d", p.Longest.Parts, p.MaxParts))
	}
	return refused.orNil()
}

func (c *textsCmd) print(out io.Writer, p *engine.TextPreview) {
	if p.Text.Subject != "" {
		fmt.Fprintf(out, "Subject: %s\n\n", p.Text.Subject)
	}
	fmt.Fprintln(out, strings.TrimSpace(p.Text.Body))
	if c.HTML && p.Text.HTML != "" {
		fmt.Fprintf(out, "\n%s", p.Text.HTML)
	}
	if p.Longest == nil {
		return
	}
	fmt.Fprintf(out, "\nas shown:       %s\n", carriedLine(p.Text, p.Price))
	fmt.Fprintf(out, "at the longest: %s; the most is %d\n", carriedLine(p.Longest, p.Price), p.MaxParts)
}

// carriedLine is what an SMS takes, and its cost when the organisation says what a part costs.
func carriedLine(t *engine.Text, price float64) string {
	line := fmt.Sprintf("%s, %d units, %d part(s)", t.Encoding, t.Units, t.Parts)
	if price > 0 {
		line += ", " + strconv.FormatFloat(float64(t.Parts)*price, 'f', -1, 64)
	}
	return line
}

// values gives what was typed the type of its variable.
func (c *textsCmd) values(e *engine.Engine, kind engine.MessageKind) map[string]any {
	kind, _ = kind.OfRung()
	out := make(map[string]any, len(c.Set))
	for name, typed := range c.Set {
		out[name] = typed
		for _, v := range e.Drafts.Variables(kind) {
			if v.Name != name {
				continue
			}
			if n, err := strconv.Atoi(typed); err == nil && v.Type == "int" {
				out[name] = n
			}
			if b, err := strconv.ParseBool(typed); err == nil && v.Type == "bool" {
				out[name] = b
			}
		}
	}
	return out
}

func readDraft(file string, in io.Reader) (string, error) {
	raw, err := []byte(nil), error(nil)
	if file == "-" {
		raw, err = io.ReadAll(in)
	} else {
		raw, err = os.ReadFile(file)
	}
	if err != nil {
		return "", fmt.Errorf("the draft cannot be read: %w", err)
	}
	if len(raw) == 0 {
		return "", errors.New("the draft is empty")
	}
	return string(raw), nil
}
