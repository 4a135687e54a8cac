package hasher

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"github.com/lodeworks/lode/services/pocket/difficulty"
	"github.com/lodeworks/lode/services/pocket/mine"
)

const (
	redisReaders = 4   // goroutines of the consumer, so that it computes while Redis syncs
	redisBatch   = 256 // relays that one reads, at most
)

// consumeRedis reads relays in batches, hashes each, writes those below the target as leaves into the hash of their
// tree, and acknowledges the batch, until ctx ends. Leaves and acknowledgement of a batch go in one pipeline.
func consumeRedis(ctx context.Context, address, target string) error {
	raw, err := hex.DecodeString(target)
	if err != nil {
		return err
	}
	t, err := difficulty.Parse(raw)
	if err != nil {
		return err
	}
	client := redis.NewClient(&redis.Options{Addr: address})
	defer client.Close()
	group, ctx := errgroup.WithContext(ctx)
	for n := range redisReaders {
		group.Go(func() error {
			for ctx.Err() == nil {
				if err := consumeBatch(ctx, client, fmt.Sprint("reader-", n), t); err != nil && ctx.Err() == nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

func consumeBatch(ctx context.Context, client *redis.Client, name string, target difficulty.Target) error {
	read, err := client.XReadGroup(ctx, &redis.XReadGroupArgs{
		Group: redisGroup, Consumer: name, Streams: []string{redisStream, ">"}, Count: redisBatch, Block: time.Second,
	}).Result()
	if errors.Is(err, redis.Nil) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, stream := range read {
			ids := make([]string, 0, len(stream.Messages))
			for _, m := range stream.Messages {
				ids = append(ids, m.ID)
				if err := addLeaf(ctx, p, m, target); err != nil {
					return err
				}
			}
			p.XAck(ctx, redisStream, redisGroup, ids...)
		}
		return nil
	})
	return err
}

// addLeaf puts a relay's leaf, without the relay's bytes, which stay in the stream, into the hash of its tree.
func addLeaf(ctx context.Context, p redis.Pipeliner, m redis.XMessage, target difficulty.Target) error {
	supplier, _ := m.Values["supplier"].(string)
	session, _ := m.Values["session"].(string)
	value, ok := m.Values["relay"].(string)
	if !ok {
		return fmt.Errorf("entry %s has no relay", m.ID)
	}
	mined := mine.One(&mine.Relay{Value: []byte(value), Target: target, Weight: unitsPer})
	if !mined.Counts {
		return nil
	}
	digest := mined.Leaf.Digest()
	p.HSet(ctx, "tree:"+supplier+":"+session, mined.Leaf.Path[:], digest[:])
	return nil
}
