package server

import (
	"sync"

	"pop3lab/engine"
)

// PerUser returns store with a limit: a user has at most n sessions at once, and the next login is
// answered with [IN-USE]. A store's lock lets one in anyway; the limit is for those who do without
// (engine.Shared), and for stores whose lock others hold too.
func PerUser(store engine.Store, n int) engine.Store {
	p := &perUser{Store: store, most: n, open: make(map[string]int)}
	if shared, ok := store.(engine.Shared); ok {
		return &perUserShared{p, shared}
	}
	return p
}

type perUser struct {
	engine.Store
	most int
	mu   sync.Mutex
	open map[string]int
}

type perUserShared struct {
	*perUser
	shared engine.Shared
}

// Open implements engine.Store.
func (p *perUser) Open(user, owner string) (engine.Maildrop, error) {
	return p.limited(p.Store.Open, user, owner)
}

// OpenShared implements engine.Shared.
func (p *perUserShared) OpenShared(user, owner string) (engine.Maildrop, error) {
	return p.limited(p.shared.OpenShared, user, owner)
}

func (p *perUser) limited(open func(user, owner string) (engine.Maildrop, error), user, owner string) (engine.Maildrop, error) {
	if !p.enter(user) {
		return nil, engine.ErrLocked
	}
	opened := false
	defer func() {
		if !opened { // a panic included
			p.leave(user)
		}
	}()
	drop, err := open(user, owner)
	if err != nil {
		return nil, err
	}
	opened = true
	return &counted{drop, p, user}, nil
}

func (p *perUser) enter(user string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open[user] >= p.most {
		return false
	}
	p.open[user]++
	return true
}

func (p *perUser) leave(user string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open[user]--; p.open[user] == 0 {
		delete(p.open, user)
	}
}

// counted is an open maildrop that counts.
type counted struct {
	engine.Maildrop
	limit *perUser
	user  string
}

func (c *counted) Update(deleted []int) error {
	defer c.limit.leave(c.user)
	return c.Maildrop.Update(deleted)
}

func (c *counted) Release() error {
	defer c.limit.leave(c.user)
	return c.Maildrop.Release()
}
