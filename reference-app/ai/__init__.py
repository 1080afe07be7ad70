"""The AI service: what a sentence says about a task, in Japanese and in English."""
