"""`lenet serve`: the app in the browser, and the HTTP interface."""

from __future__ import annotations

import argparse
from pathlib import Path

from lenet.cli import serve_collect
from lenet.cli.addresses import allowed_host, host, network, root_path
from lenet.cli.arguments import UsageError, add_model, integer, real

EPILOG = """examples:
  lenet serve
  lenet serve --model runs/first/model.safetensors --port 8080 --no-browser
  lenet serve --no-browser --host 0.0.0.0 --workers 4 --allowed-host letters.example.org
  lenet serve --no-browser --host 192.168.1.20 --tls-self-signed
  lenet serve --no-browser --collect letters.db --consent consent.md
  lenet serve --class 5b --host 0.0.0.0 --consent consent.md
  lenet serve --no-browser --host 0.0.0.0 --qr --log-format json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `lenet serve`."""
    add_model(parser)
    parser.add_argument(
        "--host",
        type=host,
        default="127.0.0.1",
        metavar="ADDRESS",
        help="address to listen on (default: 127.0.0.1)",
    )
    parser.add_argument(
        "--port",
        type=integer(0, 65535),
        metavar="N",
        help="port to listen on; 0 takes any free one (default: 8000, or the next free one)",
    )
    parser.add_argument("--no-browser", action="store_true", help="do not open the browser")
    parser.add_argument(
        "--qr", action="store_true", help="print the address on the local network as a QR code"
    )
    parser.add_argument(
        "--log-format",
        choices=("text", "json"),
        help="log each request on standard error, as text or as a JSON object a line (default: only errors)",
    )
    processes = parser.add_argument_group("processes")
    processes.add_argument(
        "--workers", type=integer(1, 64), default=1, metavar="N", help="processes that answer (default: 1)"
    )
    processes.add_argument(
        "--grace",
        type=real(0, 3600),
        default=3.0,
        metavar="SECONDS",
        help="time after SIGTERM in which requests are still answered (default: 3)",
    )
    names = parser.add_argument_group("names and proxies")
    names.add_argument(
        "--allowed-host",
        action="append",
        type=allowed_host,
        default=[],
        metavar="NAME",
        help="a further host name that is answered; .example.org stands for its subdomains; may be repeated",
    )
    names.add_argument(
        "--root-path",
        type=root_path,
        default="",
        metavar="PATH",
        help="path under which a proxy offers the server, such as /lenet",
    )
    names.add_argument(
        "--trusted-proxy",
        action="append",
        type=network,
        default=[],
        metavar="ADDRESS",
        help="address or network of a proxy whose X-Forwarded headers are believed; may be repeated",
    )
    tls = parser.add_argument_group("TLS")
    tls.add_argument("--tls-cert", type=Path, metavar="FILE", help="certificate with its chain, PEM")
    tls.add_argument("--tls-key", type=Path, metavar="FILE", help="private key of the certificate, PEM")
    tls.add_argument(
        "--tls-self-signed",
        action="store_true",
        help="make a certificate, about which browsers warn",
    )
    serve_collect.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C or SIGTERM."""
    from lenet.inference.recognizer import model_path
    from lenet.server.config import LogFormat, ServerConfig, TLSFiles
    from lenet.server.run import serve

    if (args.tls_cert is None) != (args.tls_key is None):
        raise UsageError("--tls-cert and --tls-key belong together; give both")
    if args.tls_cert is not None and args.tls_self_signed:
        raise UsageError("--tls-self-signed makes a certificate of its own; leave --tls-cert out")
    collect = serve_collect.collect_config(args)
    config = ServerConfig(
        model=model_path(args.model),
        host=args.host,
        port=args.port,
        allowed_hosts=tuple(args.allowed_host),
        root_path=args.root_path,
        trusted_proxies=tuple(args.trusted_proxy),
        workers=args.workers,
        grace_seconds=args.grace,
        tls=TLSFiles(args.tls_cert, args.tls_key) if args.tls_cert else None,
        self_signed=args.tls_self_signed,
        log_format=LogFormat(args.log_format) if args.log_format else None,
    )
    serve(config, not args.no_browser, collect, show_qr=args.qr)
    return 0
