"""`lenet serve`: the app in the browser, and the HTTP interface."""

from __future__ import annotations

import argparse

from lenet.cli.arguments import add_model, integer

SUMMARY = "Serve the app and the HTTP interface on 127.0.0.1, and open the app in the browser."
EPILOG = """examples:
  lenet serve
  lenet serve --model runs/first/model.safetensors --port 8080 --no-browser"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `lenet serve`."""
    add_model(parser)
    parser.add_argument(
        "--host", default="127.0.0.1", metavar="ADDRESS", help="address to listen on (default: 127.0.0.1)"
    )
    parser.add_argument(
        "--port",
        type=integer(0, 65535),
        metavar="N",
        help="port to listen on; 0 takes any free one (default: 8000, or the next free one)",
    )
    parser.add_argument("--no-browser", action="store_true", help="do not open the browser")


def run(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C or SIGTERM."""
    from lenet.inference.recognizer import model_path
    from lenet.server.config import ServerConfig
    from lenet.server.run import serve

    serve(
        ServerConfig(model=model_path(args.model), host=args.host, port=args.port),
        open_browser=not args.no_browser,
    )
    return 0
