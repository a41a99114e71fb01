import socket

import gevent
from gevent.pool import Pool

from gevent_worker import ACCEPTED_TOGETHER, Server


def test_several_connections_that_wait_are_accepted_at_once():
    pool, in_progress = Pool(32), []
    server = Server(("127.0.0.1", 0), lambda *_: in_progress.append(len(pool)), spawn=pool)
    server.max_accept = 1  # as gunicorn does if there are several workers
    server.init_socket()
    clients = [socket.create_connection(server.address) for _ in range(12)]
    server.start()
    with gevent.Timeout(30):
        while len(in_progress) < len(clients):
            gevent.sleep(0)
    server.stop()
    for client in clients:
        client.close()

    assert in_progress[0] == ACCEPTED_TOGETHER
