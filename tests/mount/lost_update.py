"""Two processes that change one chunk, each a part of it: read, change, write, as Zarr tools do.

    lost_update.py at-once WAY CHUNK     both read before either writes; prints the two process ids, the one that writes last at the end
    lost_update.py in-turn WAY CHUNK     each a hundred times, with a lock around it; prints the number that the two have counted to

WAY is rename, truncate or update (in place). Every call is made by a thread that is not the process's first.
"""
import fcntl
import os
import sys
import threading


def in_thread(work, *arguments):
    result = []
    thread = threading.Thread(target=lambda: result.append(work(*arguments)))
    thread.start()
    thread.join()
    return result[0]


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return b"0"


def begin(way, path):
    """What was read, and the descriptor that it is to be written through, if that is open already."""
    if way == "update" and os.path.exists(path):
        descriptor = os.open(path, os.O_RDWR)
        return os.pread(descriptor, 1 << 20, 0), descriptor
    return read(path), None


def finish(way, path, data, descriptor):
    if descriptor is not None:
        os.pwrite(descriptor, data, 0)
        os.close(descriptor)
    elif way == "rename":
        temporary = f"{path}.{os.getpid()}.partial"
        with open(temporary, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    else:
        with open(path, "wb") as file:
            file.write(data)
    return True


def child(work):
    """Starts a process that does its work when it is told to; tells how to say so and how to wait for it."""
    told, tell = os.pipe()
    done, say = os.pipe()
    process = os.fork()
    if process == 0:
        try:
            work(lambda: os.write(say, b"x"), lambda: os.read(told, 1))
        except BaseException as error:  # a child never goes on as its parent
            print(error, file=sys.stderr, flush=True)
            os._exit(1)
        os._exit(0)
    return process, lambda: os.write(tell, b"x"), lambda: os.read(done, 1)


def at_once(way, path):
    def work(say, wait):
        data, descriptor = in_thread(begin, way, path)
        say()
        wait()
        in_thread(finish, way, path, data + str(os.getpid()).encode(), descriptor)
        say()

    children = [child(work) for _ in range(2)]
    for _, _, wait in children:
        wait()  # both have read
    for process, tell, wait in children:
        tell()
        wait()
    for process, _, _ in children:
        assert os.waitpid(process, 0)[1] == 0
    print(children[0][0], children[1][0])


def in_turn(way, path, lock):
    def work(say, wait):
        with open(lock, "w") as guard:
            for _ in range(100):
                fcntl.flock(guard, fcntl.LOCK_EX)
                data, descriptor = in_thread(begin, way, path)
                in_thread(finish, way, path, str(int(data) + 1).zfill(8).encode(), descriptor)
                fcntl.flock(guard, fcntl.LOCK_UN)

    for process, _, _ in [child(work) for _ in range(2)]:
        assert os.waitpid(process, 0)[1] == 0
    print(int(read(path)))


what, way, chunk = sys.argv[1:4]
if what == "at-once":
    at_once(way, chunk)
else:
    in_turn(way, chunk, sys.argv[4])
