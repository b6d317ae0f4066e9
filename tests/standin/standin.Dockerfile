# ui, processor and scout: one static program and nothing else.
FROM scratch
COPY standin /standin
ENTRYPOINT ["/standin"]
