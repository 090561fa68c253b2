"""How far a maintenance of a Kafka cluster is. Pure: the row before and a look go in."""
