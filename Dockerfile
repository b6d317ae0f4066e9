# The images of wicap-assist. `scripts/image.sh` fills the context and builds them; no base image
# is pulled: each holds the program, what it calls, and nothing else.

# What only looks: one static program. It has no engine's socket of its own.
FROM scratch AS observe
COPY etc/ /etc/
COPY --chown=65532:65532 state/ /
COPY wicap-assist /usr/local/bin/wicap-assist
ENV PATH=/usr/local/bin HOME=/var/lib/wicap-assist WICAP_ASSIST_DATA_DIR=/var/lib/wicap-assist
USER 65532:65532
VOLUME /var/lib/wicap-assist
WORKDIR /var/lib/wicap-assist
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["/usr/local/bin/wicap-assist", "health"]
ENTRYPOINT ["/usr/local/bin/wicap-assist"]
CMD ["live", "--plain"]

# What may act: the same, with compose.
FROM observe AS control
COPY compose/ /

# What stands between an engine and either of them, and lets only their calls through.
FROM scratch AS proxy
COPY etc/ /etc/
COPY haproxy/ /
COPY haproxy.cfg /etc/haproxy.cfg
COPY --chown=65532:65532 proxy/ /
USER 65532:65532
VOLUME /run/wicap-assist
WORKDIR /
ENTRYPOINT ["/usr/local/sbin/haproxy", "-W", "-db", "-f", "/etc/haproxy.cfg"]
