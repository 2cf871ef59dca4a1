package pages

import (
	"net/http"
	"slices"
	"strings"

	"relance/engine"
)

// wayBody asks whether a channel stops, or starts again.
type wayBody struct {
	Ask    string // key: stop, stopmail, start, startmail
	Now    string // key of how it is, where that is not plain; or ""
	By, Do string // the channel; stop or start
	Action string
	Back   string // or ""
}

// asking is the key of the question whether a channel stops or starts.
func asking(do string, way engine.Channel) string {
	switch {
	case way != engine.Email:
		return do
	case do == "start":
		return "startmail"
	}
	return "stopmail"
}

// answered is the key of what was done about it.
func answered(do string, way engine.Channel) string {
	switch mail, start := way == engine.Email, do == "start"; {
	case mail && start:
		return "startedmail"
	case mail:
		return "stoppedmail"
	case start:
		return "started"
	}
	return "stopped"
}

// wayLink leads to the question of one channel.
type wayLink struct{ Address, Ask string }

// Ways are the channels that the person may stop, or start again.
func (p *page) Ways() []wayLink {
	var out []wayLink
	for _, w := range p.call.visit.Ways {
		do := "stop"
		if w.Left {
			do = "start"
		}
		out = append(out, wayLink{p.call.link(do, "by", string(w.Channel)), asking(do, w.Channel)})
	}
	return out
}

func (c *call) checkStop()  { c.checkWay("stop") }
func (c *call) checkStart() { c.checkWay("start") }

// checkWay asks before a channel stops or starts; afterwards it says that it did.
func (c *call) checkWay(do string) {
	way, ok := c.way(c.r.URL.Query().Get("by"))
	switch {
	case !ok:
		c.redirect(c.link(""))
	case c.r.URL.Query().Get("done") != "":
		done := answered(do, way)
		c.show(http.StatusOK, c.page("plain", done+".title", done))
	default:
		ask := asking(do, way)
		c.show(http.StatusOK, c.page("way", ask+".title", wayBody{
			Ask: ask, By: string(way), Do: do, Action: c.link(do), Back: c.link(""),
		}))
	}
}

// way is the channel that a page is about, SMS when none is named; false when the person has no such address.
func (c *call) way(by string) (engine.Channel, bool) {
	way := engine.SMS
	if by != "" {
		way = engine.Channel(by)
	}
	return way, slices.ContainsFunc(c.visit.Ways, func(w engine.Way) bool { return w.Channel == way })
}

func (c *call) stop() {
	c.changeWay("stop", func(way engine.Channel) error {
		return c.engine.Stop(c.r.Context(), c.visit.Organisation.ID, c.visit.Recipient, way)
	})
}

func (c *call) restart() {
	c.changeWay("start", func(way engine.Channel) error {
		return c.engine.OptIn(c.r.Context(), c.visit.Organisation.ID, c.visit.Recipient, way, engine.ByRecipient)
	})
}

func (c *call) changeWay(do string, change func(engine.Channel) error) {
	way, ok := c.way(c.r.PostForm.Get("by"))
	if !ok {
		c.sorry(http.StatusBadRequest, "bad")
		return
	}
	if err := change(way); err != nil {
		c.refused(do, c.now, err)
		return
	}
	c.redirect(c.link(do, "by", string(way), "done", "1"))
}

// button tells whether the request comes by the unsubscribe button of a mail program, which has a token
// of its own. It may come from anywhere: whoever has the token may use it, and it opens nothing else.
func (c *call) button() bool { return strings.HasPrefix(c.r.Pattern, "/u/") }

func (c *call) openMailing() bool {
	m, err := c.engine.Mailing(c.r.Context(), c.token)
	if !c.opened(err) {
		return false
	}
	c.mail = m
	c.speak(m.Language)
	return true
}

// mailing says whether emails come, and asks whether that should change; opening it changes nothing.
func (c *call) mailing() {
	if c.r.URL.Query().Get("done") != "" {
		c.mailingDone()
		return
	}
	body := wayBody{Ask: asking("stop", engine.Email), By: string(engine.Email), Do: "stop", Action: c.link("")}
	if c.mail.Left != nil {
		body.Ask, body.Do, body.Now = asking("start", engine.Email), "start", answered("stop", engine.Email)
	}
	c.show(http.StatusOK, c.page("way", body.Ask+".title", body))
}

func (c *call) mailingDone() {
	done := answered("start", engine.Email)
	if c.mail.Left != nil {
		done = answered("stop", engine.Email)
	}
	c.show(http.StatusOK, c.page("plain", done+".title", done))
}

// changeMailing takes the one click of a mail program, which is not redirected (RFC 8058 §3.1), or the
// button of the page.
func (c *call) changeMailing() {
	ctx := c.r.Context()
	oneClick := c.r.PostForm.Get("List-Unsubscribe") == "One-Click"
	var err error
	switch do := c.r.PostForm.Get("do"); {
	case oneClick:
		err = c.engine.Unsubscribe(ctx, c.token, engine.LeftByOneClick)
	case do == "stop":
		err = c.engine.Unsubscribe(ctx, c.token, engine.LeftOnPage)
	case do == "start":
		err = c.engine.Resubscribe(ctx, c.token)
	default:
		c.sorry(http.StatusBadRequest, "bad")
		return
	}
	switch {
	case engine.CodeOf(err) == engine.CodeLinkDead:
		c.dead()
	case err != nil:
		c.trouble("unsubscribe", err)
	case oneClick:
		done := answered("stop", engine.Email)
		c.show(http.StatusOK, c.page("plain", done+".title", done))
	default:
		c.redirect(c.link("", "done", "1"))
	}
}
