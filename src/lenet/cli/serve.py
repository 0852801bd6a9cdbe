"""`lenet serve`: the app in the browser."""

from __future__ import annotations

import argparse

from lenet.cli.arguments import add_model, integer

SUMMARY = "Serve the app on 127.0.0.1 and open it in the browser."
EPILOG = """examples:
  lenet serve
  lenet serve --model runs/first/model.safetensors --port 8080 --no-browser"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `lenet serve`."""
    add_model(parser)
    parser.add_argument(
        "--port",
        type=integer(1, 65535),
        metavar="N",
        help="port on 127.0.0.1 (default: 8000, or the next free one)",
    )
    parser.add_argument("--no-browser", action="store_true", help="do not open the browser")


def run(args: argparse.Namespace) -> int:
    """Serve the app until Ctrl-C."""
    from lenet.inference.recognizer import load, model_path
    from lenet.server.server import serve

    load(args.model)  # an unusable model is an error here, not on the page
    serve(model_path(args.model), port=args.port, open_browser=not args.no_browser)
    return 0
