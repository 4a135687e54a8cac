package drill

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/lodeworks/lode/tools/compose"
)

// CutFor is how long a container is off the network.
const CutFor = 30 * time.Second

// inject does a fault. When it returns, the container is back, but perhaps not yet at work.
func (d Drill) inject(ctx context.Context, f Fault) error {
	p := d.Project
	switch f.Kind {
	case KillLeader:
		leader, err := leader(ctx, p)
		if err != nil {
			return err
		}
		d.say("  %s leads the relay log", leader)
		return p.Kill(ctx, leader)
	case Kill:
		return p.Kill(ctx, f.Service)
	case Cut:
		if err := p.Disconnect(ctx, f.Service); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(CutFor):
		}
		return p.Connect(context.WithoutCancel(ctx), f.Service)
	case Restart:
		return p.Restart(ctx, f.Service)
	case Roll:
		return d.roll(ctx, f.Service)
	}
	return fmt.Errorf("%w: %q", errKind, f.Kind)
}

var errKind = errors.New("no such kind of fault")

// roll replaces a container, and makes sure that the new one is of another image.
func (d Drill) roll(ctx context.Context, service string) error {
	before, err := d.Project.Container(ctx, service)
	if err != nil {
		return err
	}
	if err := d.Project.Roll(ctx, service, d.NextTag); err != nil {
		return err
	}
	after, err := d.Project.Container(ctx, service)
	if err == nil && after.Image == before.Image {
		err = fmt.Errorf("%s: %w", service, errSameImage)
	}
	return err
}

var errSameImage = errors.New("the new container is of the old image")

// relayLog is the stream whose leader is killed.
const relayLog = "RELAYS"

// leader is the NATS server, and so the service, that leads the relay log.
func leader(ctx context.Context, p compose.Project) (string, error) {
	c, err := p.Container(ctx, "nats-1")
	if err != nil {
		return "", err
	}
	text, err := get(ctx, "http://"+c.Address+":8222/jsz?streams=true")
	if err != nil {
		return "", err
	}
	return leaderIn(text)
}

var errNoLeader = errors.New("the relay log has no leader")

// leaderIn reads what a NATS server says of its streams.
func leaderIn(text []byte) (string, error) {
	var said struct {
		Accounts []struct {
			Streams []struct {
				Name    string
				Cluster struct{ Leader string }
			} `json:"stream_detail"`
		} `json:"account_details"`
	}
	if err := json.Unmarshal(text, &said); err != nil {
		return "", fmt.Errorf("read what NATS says of streams: %w", err)
	}
	for _, a := range said.Accounts {
		for _, s := range a.Streams {
			if s.Name == relayLog && s.Cluster.Leader != "" {
				return s.Cluster.Leader, nil
			}
		}
	}
	return "", errNoLeader
}
