"""ECR's lifecycle policies by their documented rules: which images a policy would expire, and by which rule."""

import re
import time

DAY = 24 * 60 * 60


def fits(tag, pattern):
    """`*` stands for any text, also for none."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), tag) is not None


def matches(selection, image):
    """Of several patterns or prefixes an image has to have a tag for each."""
    status = selection["tagStatus"]
    if status == "any":
        return True
    if status == "untagged":
        return not image.tags
    patterns = selection.get("tagPatternList", []) + [f"{prefix}*" for prefix in selection.get("tagPrefixList", [])]
    return all(any(fits(tag, pattern) for tag in image.tags) for pattern in patterns)


def expired_by(selection, matching):
    newest_first = sorted(matching, key=lambda image: -image.pushed_at)
    if selection["countType"] == "imageCountMoreThan":
        return newest_first[selection["countNumber"]:]
    oldest = time.time() - selection["countNumber"] * DAY
    return [image for image in newest_first if image.pushed_at < oldest]


def expiring(policy, images):
    """Pairs of an image and a rule's priority. An image that a rule selects is out of reach of those of lower priority,
    whether it expires by that rule or not."""
    found, open_images = [], list(images)
    for rule in sorted(policy["rules"], key=lambda rule: rule["rulePriority"]):
        matching = [image for image in open_images if matches(rule["selection"], image)]
        found += [(image, rule["rulePriority"]) for image in expired_by(rule["selection"], matching)]
        taken = {image.digest for image in matching}
        open_images = [image for image in open_images if image.digest not in taken]
    return found
