package main

import (
	"net/url"

	"pop3lab/engine"
	"pop3lab/web/bridge"
)

// live is what joins the pages to the POP3 server. From then on the config has the visitors' maildrops besides its own.
func (o *serveOptions) live(c *engine.Config) *bridge.Bridge {
	b := bridge.New(bridge.Options{Users: c.Users, Store: c.Store, Origins: list(o.origins)})
	c.Users, c.Store = b.Users(), b.Store()
	return b
}

// checkOrigins says what is wrong with --origin: a browser names a scheme, a host and a port, and no more.
func (o *serveOptions) checkOrigins() error { return checkOrigins(o.origins) }

func checkOrigins(origins string) error {
	for _, origin := range list(origins) {
		u, err := url.Parse(origin)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || origin != u.Scheme+"://"+u.Host {
			return usagef("--origin takes what stands before a page's path, such as https://lab.example, and %q is another thing", origin)
		}
	}
	return nil
}
