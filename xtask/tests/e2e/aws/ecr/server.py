"""ECR before moto: what concerns images is answered from the lab's registry, where docker pushes to; all else is moto's.

    python3 server.py MOTO_PORT REGISTRY_PORT REGISTRY_FOLDER PASSWORD

The port on 127.0.0.1 that it listens on is chosen by the system and named in its first line. Standard library only.
"""

import base64
import http.client
import http.server
import json
import sys

import images
import lifecycle

TARGET = "AmazonEC2ContainerRegistry_V20150921."

ACCOUNT = "123456789012"


class Refused(Exception):
    """An error of the service: the name that stands on the wire, and what it says."""

    def __init__(self, name, message):
        super().__init__(message)
        self.name = name


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Else the two writes of an answer wait for each other.
    disable_nagle_algorithm = True

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        operation = self.headers.get("X-Amz-Target", "").removeprefix(TARGET)
        act = OPERATIONS.get(operation)
        if act is None:
            return self.send(*self.ask_moto(self.headers.get("X-Amz-Target"), body))
        try:
            request = json.loads(body)
            repository = self.repository(request["repositoryName"])
            answer = act(self, repository, request)
        except Refused as refused:
            error = {"__type": refused.name, "message": str(refused)}
            return self.send(400, "application/x-amz-json-1.1", json.dumps(error).encode())
        self.send(200, "application/x-amz-json-1.1", json.dumps(answer).encode())

    do_GET = do_PUT = do_DELETE = do_POST

    def send(self, status, kind, body):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def ask_moto(self, target, body):
        """The same request, or another operation of the same caller in the same region."""
        connection = http.client.HTTPConnection("127.0.0.1", MOTO_PORT)
        own = {"connection", "content-length", "host", "x-amz-target", "expect"}
        headers = {key: value for key, value in self.headers.items() if key.lower() not in own}
        if target:
            headers["X-Amz-Target"] = target
        connection.request(self.command, self.path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Content-Type", "text/plain"), answer.read()

    def ask_ecr_of_moto(self, operation, request):
        status, _, body = self.ask_moto(TARGET + operation, json.dumps(request).encode())
        answer = json.loads(body)
        if status != 200:
            raise Refused(answer["__type"].rsplit("#")[-1], answer.get("message", ""))
        return answer

    def repository(self, name):
        """As moto tells of it, which refuses in ECR's words where there is none."""
        return self.ask_ecr_of_moto("DescribeRepositories", {"repositoryNames": [name]})["repositories"][0]

    def describe_images(self, repository, request):
        name = repository["repositoryName"]
        stored = REGISTRY.images(name)
        wanted = request.get("imageIds")
        if wanted is not None:
            found = [REGISTRY.find(name, wish) for wish in wanted]
            for wish, image in zip(wanted, found):
                if image is None:
                    raise Refused("ImageNotFoundException", missing(name, wish))
            stored = found
        details = [detail(name, image) for image in stored]
        size = request.get("maxResults", 100)
        begin = int(request.get("nextToken", 0))
        answer = {"imageDetails": details[begin:begin + size]}
        if len(details) > begin + size:
            answer["nextToken"] = str(begin + size)
        return answer

    def batch_get_image(self, repository, request):
        """What is not there is told in the answer."""
        name = repository["repositoryName"]
        found, failures = [], []
        for wish in request["imageIds"]:
            image = REGISTRY.find(name, wish)
            if image is None:
                reason = {"failureCode": "ImageNotFound", "failureReason": "Requested image not found"}
                failures.append({"imageId": wish, **reason})
            else:
                found.append(with_manifest(name, image, wish.get("imageTag")))
        return {"images": found, "failures": failures}

    def put_image(self, repository, request):
        name, tag = repository["repositoryName"], request.get("imageTag")
        manifest = request["imageManifest"].encode()
        digest = images.digest_of(manifest)
        if request.get("imageDigest", digest) != digest:
            message = f"The provided digest {request['imageDigest']} does not match the calculated digest {digest}"
            raise Refused("ImageDigestDoesNotMatchException", message)
        wish = {"imageTag": tag} if tag else {"imageDigest": digest}
        standing = REGISTRY.find(name, wish)
        if standing is not None and standing.digest == digest:
            message = (f"Image with digest '{digest}' and tag '{tag}' already exists in the repository with name "
                       f"'{name}' in registry with id '{ACCOUNT}'")
            raise Refused("ImageAlreadyExistsException", message)
        if standing is not None and is_immutable(repository, tag):
            message = (f"The image tag '{tag}' already exists in the '{name}' repository and cannot be overwritten "
                       "because the repository is immutable.")
            raise Refused("ImageTagAlreadyExistsException", message)
        kind = request.get("imageManifestMediaType") or json.loads(manifest).get("mediaType") or images.OCI_MANIFEST
        status, words = put_manifest(name, tag or digest, kind, manifest)
        if status != 201:
            raise Refused("LayersNotFoundException", words)
        return {"image": with_manifest(name, REGISTRY.find(name, {"imageDigest": digest}), tag)}

    def start_preview(self, repository, request):
        name = repository["repositoryName"]
        text = request.get("lifecyclePolicyText")
        if text is None:
            standing = self.ask_ecr_of_moto("GetLifecyclePolicy", {"repositoryName": name})
            text = standing["lifecyclePolicyText"]
        PREVIEWS[name] = (text, lifecycle.expiring(json.loads(text), REGISTRY.images(name)))
        return {**place(name), "lifecyclePolicyText": text, "status": "IN_PROGRESS"}

    def get_preview(self, repository, _):
        name = repository["repositoryName"]
        if name not in PREVIEWS:
            raise Refused("LifecyclePolicyPreviewNotFoundException", "There is no dry run for this repository.")
        text, expiring = PREVIEWS[name]
        results = [
            {**tags_of(image), "imageDigest": image.digest, "imagePushedAt": image.pushed_at,
             "action": {"type": "EXPIRE"}, "appliedRulePriority": priority}
            for image, priority in expiring
        ]
        summary = {"expiringImageTotalCount": len(results)}
        return {**place(name), "lifecyclePolicyText": text, "status": "COMPLETE", "previewResults": results,
                "summary": summary}

    def log_message(self, *_):
        """The lab reads the first line of the log alone."""


OPERATIONS = {
    "DescribeImages": Handler.describe_images,
    "BatchGetImage": Handler.batch_get_image,
    "PutImage": Handler.put_image,
    "StartLifecyclePolicyPreview": Handler.start_preview,
    "GetLifecyclePolicyPreview": Handler.get_preview,
}

# Repository -> the policy's text, and what it would expire.
PREVIEWS = {}


def place(name):
    return {"registryId": ACCOUNT, "repositoryName": name}


def tags_of(image):
    """ECR leaves the key out where there is none."""
    return {"imageTags": image.tags} if image.tags else {}


def missing(name, wish):
    digest, tag = (wish.get(key) for key in ["imageDigest", "imageTag"])
    image = f"{{imageDigest:'{digest or 'null'}', imageTag:'{tag or 'null'}'}}"
    return (f"The image with imageId {image} does not exist within the repository with name '{name}' in the registry "
            f"with id '{ACCOUNT}'")


def detail(name, image):
    optional = {"subjectManifestDigest": image.subject, "artifactMediaType": image.artifact_type}
    return {
        **place(name), **tags_of(image), "imageDigest": image.digest, "imageSizeInBytes": image.size,
        "imagePushedAt": image.pushed_at, "imageManifestMediaType": image.media_type,
        **{key: value for key, value in optional.items() if value},
    }


def with_manifest(name, image, tag):
    image_id = {"imageDigest": image.digest, **({"imageTag": tag} if tag else {})}
    return {**place(name), "imageId": image_id, "imageManifest": image.manifest.decode(),
            "imageManifestMediaType": image.media_type}


def is_immutable(repository, tag):
    """Filters turn the repository's rule round; `*` is their only wildcard."""
    mutability = repository.get("imageTagMutability", "MUTABLE")
    filters = repository.get("imageTagMutabilityExclusionFilters", [])
    is_excluded = any(lifecycle.fits(tag, one["filter"]) for one in filters)
    return mutability.startswith("IMMUTABLE") != is_excluded


def put_manifest(name, reference, kind, manifest):
    """By the registry itself, which looks whether the layers are there."""
    login = base64.b64encode(f"AWS:{PASSWORD}".encode()).decode()
    connection = http.client.HTTPConnection("127.0.0.1", REGISTRY_PORT)
    headers = {"Authorization": f"Basic {login}", "Content-Type": kind}
    connection.request("PUT", f"/v2/{name}/manifests/{reference}", manifest, headers)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


if __name__ == "__main__":
    MOTO_PORT, REGISTRY_PORT = (int(port) for port in sys.argv[1:3])
    REGISTRY = images.Registry(sys.argv[3])
    PASSWORD = sys.argv[4]
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(f"listens on 127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
