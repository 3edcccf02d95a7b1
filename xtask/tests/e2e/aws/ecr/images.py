"""What a docker-registry has in its folder, as ECR would tell of it."""

import dataclasses
import hashlib
import json
import pathlib

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"


@dataclasses.dataclass
class Image:
    digest: str
    tags: list
    # Its bytes.
    manifest: bytes
    # Seconds since 1970; a push of the same again does not change it.
    pushed_at: float

    @property
    def content(self):
        return json.loads(self.manifest)

    @property
    def media_type(self):
        return self.content.get("mediaType") or (OCI_INDEX if "manifests" in self.content else OCI_MANIFEST)

    @property
    def artifact_type(self):
        """That of an image is its configuration's, as in ECR."""
        return self.content.get("artifactType") or self.content.get("config", {}).get("mediaType")

    @property
    def subject(self):
        """The digest of what it is about: that of a signature, for example."""
        return self.content.get("subject", {}).get("digest")

    @property
    def size(self):
        """In bytes, compressed."""
        parts = [self.content.get("config", {}), *self.content.get("layers", [])]
        return sum(part.get("size", 0) for part in parts)


class Registry:
    """Reads the folder anew for each question, since docker writes it."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder) / "docker/registry/v2"

    def images(self, name):
        manifests = self.folder / "repositories" / name / "_manifests"
        tags = {}
        for link in sorted(manifests.glob("tags/*/current/link")):
            tags.setdefault(link.read_text(), []).append(link.parent.parent.name)
        links = sorted(manifests.glob("revisions/sha256/*/link"))
        return [self.image(link.read_text(), tags) for link in links]

    def image(self, digest, tags):
        digits = digest.removeprefix("sha256:")
        # Written by the first push alone.
        data = self.folder / "blobs/sha256" / digits[:2] / digits / "data"
        return Image(digest, tags.get(digest, []), data.read_bytes(), data.stat().st_mtime)

    def find(self, name, wish):
        """The image of a digest, of a tag, or of both, as ECR's imageIds have it."""
        digest, tag = wish.get("imageDigest"), wish.get("imageTag")
        fits = (
            image for image in self.images(name)
            if (digest is None or image.digest == digest) and (tag is None or tag in image.tags)
        )
        return next(fits, None)


def digest_of(manifest):
    return "sha256:" + hashlib.sha256(manifest).hexdigest()
