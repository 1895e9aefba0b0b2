"""WebSub (W3C Recommendation, 2018): hubs send a feed's new items when they are published."""
