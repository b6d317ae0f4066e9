# Debian's redis-server with the libraries that it loads, behind the launcher.
FROM scratch
COPY root/ /
COPY standin /standin
WORKDIR /data
ENTRYPOINT ["/standin"]
