"""The draft itself: pure data and rules. No network, no web, no request models; the only files it reads are its own."""
