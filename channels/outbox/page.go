package outbox

import (
	"bytes"
	"html/template"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"relance/channels"
)

// linkPattern finds addresses in a text; what ends a sentence is not part of one.
var linkPattern = regexp.MustCompile(`https?://[^\s<>"']*[^\s<>"'.,;:!?)\]»…]`)

// piece is a run of text, or a link when URL is set.
type piece struct{ Text, URL string }

// pieces cuts a text at its links. The template escapes both.
func pieces(text string) []piece {
	var all []piece
	end := 0
	for _, at := range linkPattern.FindAllStringIndex(text, -1) {
		if at[0] > end {
			all = append(all, piece{Text: text[end:at[0]]})
		}
		link := text[at[0]:at[1]]
		all = append(all, piece{Text: link, URL: link})
		end = at[1]
	}
	if end < len(text) {
		all = append(all, piece{Text: text[end:]})
	}
	return all
}

// shown is a message as the page shows it.
type shown struct {
	Message
	Pieces []piece
	Mine   bool // the person wrote it
}

// conversation is one person's line in the list.
type conversation struct {
	Person string
	Link   string
	Count  int
	Last   Message
}

// view is what the page is made from.
type view struct {
	Person        string
	Messages      []shown
	Conversations []conversation
	Limit         int
	Dropped       int
	CanReply      bool
	ReplyTo       string
}

func (o *Outbox) page(w http.ResponseWriter, r *http.Request) {
	v := view{Person: person(r), Limit: o.Limit(), Dropped: o.Dropped()}
	if v.Person == "" {
		v.Conversations = conversations(o.Messages())
	} else {
		o.fill(&v)
	}
	t, err := template.New("page").Parse(pageText)
	var out bytes.Buffer
	if err == nil {
		err = t.Execute(&out, v)
	}
	if err != nil {
		http.Error(w, "La page n’a pas pu être écrite.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(out.Bytes())
}

// fill adds one person's messages, and the form when there is a number to answer to.
func (o *Outbox) fill(v *view) {
	for _, m := range o.of(v.Person) {
		v.Messages = append(v.Messages, shown{Message: m, Pieces: pieces(m.Text), Mine: m.Direction == In})
		if m.Channel == channels.SMS {
			v.CanReply = o.cfg.OnReply != nil
			v.ReplyTo = m.From
			if m.Direction == In {
				v.ReplyTo = m.To
			}
		}
	}
}

// conversations groups messages by person, the most recent first.
func conversations(all []Message) []conversation {
	var list []conversation
	place := map[string]int{}
	for _, m := range slices.Backward(all) {
		who := m.Person()
		at, known := place[who]
		if !known {
			at = len(list)
			place[who] = at
			list = append(list, conversation{Person: who, Last: m, Link: "?" + url.Values{"to": {who}}.Encode()})
		}
		list[at].Count++
	}
	return list
}

// Excerpt is the beginning of the last message.
func (c conversation) Excerpt() string {
	text := strings.Join(strings.Fields(c.Last.Text), " ")
	if c.Last.Subject != "" {
		text = c.Last.Subject
	}
	if runes := []rune(text); len(runes) > 80 {
		return string(runes[:80]) + "…"
	}
	return text
}

const pageText = `<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Messages envoyés (démonstration)</title>
<style>
body{font:1rem/1.5 sans-serif;margin:0 auto;max-width:40rem;padding:.75rem;color:#1b1b1b;background:#fff;overflow-wrap:anywhere}
h1{font-size:1.3rem}ul,ol{list-style:none;padding:0}
li{border:1px solid #767676;border-radius:.5rem;padding:.6rem .8rem;margin:.6rem 0}
li.mine{background:#e3f0ff;margin-left:12%}li.ours{margin-right:6%}
a{color:#00449e}.list a{display:block;min-height:2.75rem}
.text{white-space:pre-wrap;margin:.3rem 0}.about{color:#4a4a4a;font-size:.875rem;margin:0}
iframe{width:100%;height:20rem;border:1px solid #767676}pre{white-space:pre-wrap;font-size:.8rem}
label{display:block}textarea,button{font:inherit;width:100%;box-sizing:border-box;padding:.6rem;min-height:2.75rem}
button{background:#00449e;color:#fff;border:0;border-radius:.5rem;margin-top:.5rem}
</style>
</head>
<body>
<h1>{{if .Person}}Messages de {{.Person}}{{else}}Messages envoyés{{end}}</h1>
<p class="about">Rien ne part d’ici : ces messages restent en mémoire, les {{.Limit}} derniers seulement.{{if .Dropped}} {{.Dropped}} plus anciens ont été retirés.{{end}}</p>
{{if .Person}}<p><a href="?">Toutes les conversations</a></p>
<ol>{{range .Messages}}
<li class="{{if .Mine}}mine{{else}}ours{{end}}">
<p class="about">{{if .Mine}}Réponse de la personne{{else if eq .Channel "email"}}Email de {{.FromName}} {{.From}}{{else}}SMS de {{.From}}{{end}}, <time datetime="{{.At.Format "2006-01-02T15:04:05Z07:00"}}">{{.At.Format "02/01/2006 15:04:05"}}</time></p>
{{with .Subject}}<strong>{{.}}</strong>{{end}}
<div class="text" dir="auto">{{range .Pieces}}{{if .URL}}<a href="{{.URL}}" rel="noreferrer">{{.Text}}</a>{{else}}{{.Text}}{{end}}{{end}}</div>
{{with .HTML}}<details><summary>Version HTML</summary><iframe sandbox="allow-popups" title="Version HTML du message" srcdoc="{{.}}"></iframe></details>{{end}}
{{with .Calendar}}<details><summary>Fichier de calendrier</summary><pre>{{.}}</pre></details>{{end}}
</li>{{else}}<li>Aucun message.</li>{{end}}</ol>
{{if .CanReply}}<form method="post" action="outbox/reply">
<input type="hidden" name="from" value="{{.Person}}"><input type="hidden" name="to" value="{{.ReplyTo}}">
<label for="text">Répondre par SMS à la place de cette personne</label>
<textarea id="text" name="text" rows="2" maxlength="1600" required></textarea>
<button>Envoyer la réponse</button>
</form>{{end}}
{{else}}<ul class="list">{{range .Conversations}}
<li><a href="{{.Link}}">{{.Person}} ({{.Count}})</a><p class="about">{{.Excerpt}}</p></li>{{else}}<li>Aucun message pour le moment.</li>{{end}}</ul>{{end}}
</body>
</html>
`
