package store

import "context"

// ListenDeaf listens as [Store.Listen] does, on a connection to which nothing is told.
func (s *Store) ListenDeaf(ctx context.Context, heard func(News)) error {
	pooled, err := s.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	l := listener{st: s, conn: pooled.Hijack(), heard: heard}
	defer l.conn.Close(context.WithoutCancel(ctx))
	return l.prove(ctx)
}
