"""A judge behind any OpenAI-compatible endpoint: GPT-4o, vLLM, SGLang, Ollama and others.

judge      candidates -> verdicts, in order
request    what is sent, and the key of its reply
pictures   resized and encoded once
endpoint   replies bought, in order, by many threads
calls      one request until it is answered: retries, when to give up
budget     limits and what was spent
cache      what was bought, on disk
"""

from omniedit.judge.remote.budget import BudgetConfig, Spent
from omniedit.judge.remote.calls import RetryConfig
from omniedit.judge.remote.endpoint import Endpoint, EndpointConfig, default_cache
from omniedit.judge.remote.judge import RemoteConfig, RemoteJudge
from omniedit.judge.remote.pictures import PictureConfig

__all__ = [
    "BudgetConfig",
    "Endpoint",
    "EndpointConfig",
    "PictureConfig",
    "RemoteConfig",
    "RemoteJudge",
    "RetryConfig",
    "Spent",
    "default_cache",
]
