package hasher

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"github.com/lodeworks/lode/tools/process"
)

const (
	redisStream  = "relays"
	redisGroup   = "hashers"
	redisWriters = 64 // goroutines of the relayer, each with one relay under way
)

// redis measures the same work over Redis Streams, as peers of ours do it.
func (r *run) redis(ctx context.Context) error {
	if r.Redis == "" {
		r.say("Redis: no redis-server here (Debian: apt-get install redis-server); its figures are 0")
		return nil
	}
	for _, c := range []struct {
		fsync string
		into  *float64
	}{{"everysec", &r.figures.RedisEverysec}, {"always", &r.figures.RedisAlways}} {
		row, err := r.overRedis(ctx, c.fsync)
		if err != nil {
			return fmt.Errorf("redis, appendfsync %s: %w", c.fsync, err)
		}
		r.report.add(row)
		*c.into = rounded(row.rate())
	}
	r.figures.RatioRedis = ratio(r.figures.Always, r.figures.RedisAlways)
	return nil
}

// overRedis starts server and consumer, publishes for a while, and waits until every relay is acknowledged.
func (r *run) overRedis(ctx context.Context, fsync string) (row, error) {
	what := "Redis, appendfsync " + fsync
	dir, err := os.MkdirTemp("", "bench-redis")
	if err != nil {
		return row{}, err
	}
	defer os.RemoveAll(dir)
	server, address, err := startRedis(ctx, r.Redis, dir, fsync)
	if err != nil {
		return row{}, err
	}
	defer func() { _ = server.Kill() }()
	client := redis.NewClient(&redis.Options{Addr: address, PoolSize: redisWriters})
	defer client.Close()
	if err := readyRedis(ctx, client); err != nil {
		return row{}, err
	}
	if err := client.XGroupCreateMkStream(ctx, redisStream, redisGroup, "0").Err(); err != nil {
		return row{}, err
	}
	target := fmt.Sprintf("%x", targetOf(r.Mined))
	consumer, err := process.Start(ctx, process.Options{
		Program: r.Self, Args: []string{childRedis, address, target}, Env: []string{"GOMAXPROCS=1"}, Stderr: os.Stderr,
	})
	if err != nil {
		return row{}, err
	}
	defer func() { _ = consumer.Kill() }()
	r.say("%s: publishing for %v", what, r.Load)
	s := &scene{cfg: r.Config, server: server, hashers: []*hasher{{Process: consumer}}}
	watch, err := s.watch()
	if err != nil {
		return row{}, err
	}
	sent, err := writeRedis(ctx, client, r.trees, during(r.Load))
	if err != nil {
		return row{}, err
	}
	published := time.Since(watch.begin)
	at, err := drained(ctx, client, sent)
	if err != nil {
		return row{}, err
	}
	out, err := watch.row(what, sent, at)
	out.note = fmt.Sprintf("published in %.1f s", published.Seconds())
	return out, err
}

func startRedis(ctx context.Context, program, dir, fsync string) (*process.Process, string, error) {
	address, err := process.FreeAddress()
	if err != nil {
		return nil, "", err
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, "", err
	}
	p, err := process.Start(ctx, process.Options{Program: program, Stderr: os.Stderr, Args: []string{
		"--port", port, "--bind", "127.0.0.1", "--dir", filepath.Clean(dir), "--save", "", "--appendonly", "yes", "--appendfsync", fsync,
	}})
	return p, address, err
}

func readyRedis(ctx context.Context, client *redis.Client) error {
	for begin := time.Now(); ; {
		err := client.Ping(ctx).Err()
		if err == nil || time.Since(begin) > 20*time.Second {
			return err
		}
		if err := until(ctx, time.Now().Add(often)); err != nil {
			return err
		}
	}
}

// writeRedis adds relays one by one from many goroutines, as a relayer does that must not answer before its relay is
// stored, and returns how many.
func writeRedis(ctx context.Context, client *redis.Client, trees []tree, more func() bool) (int, error) {
	var sent atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	for w := range redisWriters {
		group.Go(func() error {
			values := make([][]byte, len(trees))
			for n := 0; more(); n++ {
				at := (w + n*redisWriters) % len(trees)
				if values[at] == nil {
					values[at] = slices.Clone(trees[at].value)
				}
				t := &trees[at]
				binary.BigEndian.PutUint64(values[at][t.nonce:], uint64(w)<<40+uint64(n))
				err := client.XAdd(ctx, &redis.XAddArgs{Stream: redisStream, Values: []any{
					"supplier", t.terms.Supplier, "session", t.terms.SessionId, "relay", values[at],
				}}).Err()
				if err != nil {
					return err
				}
				sent.Add(1)
			}
			return nil
		})
	}
	err := group.Wait()
	return int(sent.Load()), err
}

// drained waits until the group has read and acknowledged every relay, and returns when that was.
func drained(ctx context.Context, client *redis.Client, sent int) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		groups, err := client.XInfoGroups(ctx, redisStream).Result()
		if err != nil {
			return time.Time{}, err
		}
		if len(groups) == 1 && int(groups[0].EntriesRead) == sent && groups[0].Pending == 0 {
			return time.Now(), nil
		}
		if err := until(ctx, time.Now().Add(often)); err != nil {
			return time.Time{}, fmt.Errorf("redis does not come to an end: %w", err)
		}
	}
}
