package wording

import (
	"bytes"
	"fmt"
	"strings"
)

// block is a paragraph of an email: lines, or list items, or a button.
type block struct {
	Lines []string
	Items []string
	// Button is the label of the person's link, which stands alone on its line.
	Button string
}

// email renders the subject and the body, then sets the body twice: as text and
// in the layout. Both say the same, because both come from the same blocks.
func (b *Book) email(at key, vars map[string]any) (Text, error) {
	body, err := b.fill(at, vars)
	if err != nil {
		return Text{}, err
	}
	at.subject = true
	subject, err := b.fill(at, vars)
	if err != nil {
		return Text{}, err
	}
	link, _ := vars["link"].(string)
	page := struct {
		Lang, Dir, Subject, Organisation, Link string
		Blocks                                 []block
	}{
		Lang: at.lang, Dir: b.languages[at.lang].Direction, Subject: oneLine(subject), Link: link,
		Blocks: blocks(body, link),
	}
	page.Organisation, _ = vars["organisation"].(string)
	var html bytes.Buffer
	if err := b.layout.Execute(&html, page); err != nil {
		return Text{}, fmt.Errorf("text %s cannot be set in its layout", at)
	}
	return Text{
		Body:    page.Organisation + "\n\n" + plainText(page.Blocks, link),
		Subject: page.Subject,
		HTML:    html.String(),
	}, nil
}

// blocks reads the little markup of email templates: an empty line ends a
// paragraph, "- " starts a list item, [label](link) alone is a button. Only the
// person's own link can become one, so no value can bring another.
func blocks(body, link string) []block {
	var all []block
	var current block
	flush := func() {
		if current.Lines != nil || current.Items != nil {
			all = append(all, current)
		}
		current = block{}
	}
	for line := range strings.Lines(body) {
		line = strings.TrimSpace(line)
		item, isItem := strings.CutPrefix(line, "- ")
		label, isButton := button(line, link)
		switch {
		case line == "":
			flush()
		case isButton:
			flush()
			all = append(all, block{Button: label})
		case isItem:
			if current.Lines != nil {
				flush()
			}
			current.Items = append(current.Items, item)
		default:
			if current.Items != nil {
				flush()
			}
			current.Lines = append(current.Lines, line)
		}
	}
	flush()
	return all
}

func button(line, link string) (label string, ok bool) {
	if link == "" || !strings.HasPrefix(line, "[") {
		return "", false
	}
	label, ok = strings.CutSuffix(line[1:], "]("+link+")")
	return label, ok && label != ""
}

func plainText(all []block, link string) string {
	var b strings.Builder
	for i, p := range all {
		if i > 0 {
			b.WriteString("\n")
		}
		for _, line := range p.Lines {
			b.WriteString(line + "\n")
		}
		for _, item := range p.Items {
			b.WriteString("- " + item + "\n")
		}
		if p.Button != "" {
			b.WriteString(p.Button + "\n" + link + "\n")
		}
	}
	return b.String()
}
