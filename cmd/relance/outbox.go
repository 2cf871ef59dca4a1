package main

import (
	"context"
	"net/url"
)

// letter is a message as the outbox shows it.
type letter struct {
	Number    int    `json:"number"`
	Direction string `json:"direction"` // out: ours
	Channel   string `json:"channel"`
	ID        string `json:"id"`
	From      string `json:"from"`
	To        string `json:"to"`
	Text      string `json:"text"`
}

func (l letter) sms() bool { return l.Channel == "sms" }

// messages reads the whole outbox.
func (c *crowd) messages(ctx context.Context) ([]letter, error) {
	var box struct {
		Messages []letter `json:"messages"`
	}
	err := c.out.call(ctx, "GET", "/outbox.json", nil, &box)
	return box.Messages, err
}

// replyForm is what the outbox's own page would send.
func replyForm(from, to, text string) string {
	return url.Values{"from": {from}, "to": {to}, "text": {text}}.Encode()
}
