-- +goose Up
-- Who signed, who answered, and where. Relays of before know nothing of it.

ALTER TABLE relays ADD COLUMN IF NOT EXISTS `gateway` LowCardinality(String) COMMENT 'Address that signed, as gateway_by says; empty: not known';
ALTER TABLE relays ADD COLUMN IF NOT EXISTS `gateway_by` LowCardinality(String) COMMENT 'ring: the ring has one gateway, so the relay is its own or the application''s, or it has none and the relay is the application''s; claim: an unsigned header says so, and who it names is in the ring; empty: not known';
ALTER TABLE relays ADD COLUMN IF NOT EXISTS `backend` LowCardinality(String) COMMENT 'Name of the backend that answered, as the relayer''s configuration has it';
ALTER TABLE relays ADD COLUMN IF NOT EXISTS `region` LowCardinality(String) COMMENT 'Where the relayer says that it is; empty: it does not';

-- +goose Down
ALTER TABLE relays DROP COLUMN IF EXISTS `region`;
ALTER TABLE relays DROP COLUMN IF EXISTS `backend`;
ALTER TABLE relays DROP COLUMN IF EXISTS `gateway_by`;
ALTER TABLE relays DROP COLUMN IF EXISTS `gateway`;
