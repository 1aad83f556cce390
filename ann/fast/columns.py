"""Windows of an image laid side by side as a matrix, and the transpose of that, which adds them back.

There are two orders. With many channels a window's row is one contiguous run of ``width x channels`` numbers, so
positions go down the matrix (`gather`). With few, such runs are too short to copy fast: then the image is taken apart
into planes, one a channel, and positions go across, so that a run is a whole row of windows (`gather_planes`).

`places` is what `ann.layers.windows.Windows.places` gives: height, width, strides, dilations, top, left. A tile is the
rows of windows from `start` to `stop`.
"""

from ann.fast.compiling import compiled

__all__ = ["add_back", "add_back_planes", "crop", "crop_planes", "gather", "gather_planes", "pad", "pad_planes"]


@compiled
def gather(padded, places, start, stop, columns):  # type: ignore[no-untyped-def]
    """Copy the windows of a tile of one padded image (h, w, channel) into rows of `columns`."""
    height, width, stride_y, stride_x, dilation_y, dilation_x = places[:6]
    channels = padded.shape[2]
    taps, run = (1, width * channels) if dilation_x == 1 else (width, channels)
    flat = padded.reshape(padded.shape[0], padded.shape[1] * channels)
    count = columns.shape[0] // (stop - start)
    for y in range(start, stop):
        for x in range(count):
            row = columns[(y - start) * count + x]
            for i in range(height):
                for j in range(taps):
                    begin = (x * stride_x + j * dilation_x) * channels
                    source = flat[y * stride_y + i * dilation_y, begin : begin + run]
                    target = row[(i * taps + j) * run : (i * taps + j + 1) * run]
                    for k in range(run):
                        target[k] = source[k]


@compiled
def add_back(columns, places, start, stop, padded):  # type: ignore[no-untyped-def]
    """Add every row of `columns` back onto its window: the transpose of `gather`."""
    height, width, stride_y, stride_x, dilation_y, dilation_x = places[:6]
    channels = padded.shape[2]
    taps, run = (1, width * channels) if dilation_x == 1 else (width, channels)
    flat = padded.reshape(padded.shape[0], padded.shape[1] * channels)
    count = columns.shape[0] // (stop - start)
    for y in range(start, stop):
        for x in range(count):
            row = columns[(y - start) * count + x]
            for i in range(height):
                for j in range(taps):
                    begin = (x * stride_x + j * dilation_x) * channels
                    target = flat[y * stride_y + i * dilation_y, begin : begin + run]
                    source = row[(i * taps + j) * run : (i * taps + j + 1) * run]
                    for k in range(run):
                        target[k] += source[k]


@compiled
def gather_planes(planes, places, start, stop, columns):  # type: ignore[no-untyped-def]
    """Copy the windows of a tile of padded planes (channel, h, w) into columns of `columns`."""
    height, width, stride_y, stride_x, dilation_y, dilation_x = places[:6]
    channels = planes.shape[0]
    count = columns.shape[1] // (stop - start)
    for i in range(height):
        for j in range(width):
            for c in range(channels):
                row = columns[(i * width + j) * channels + c]
                for y in range(start, stop):
                    source = planes[c, y * stride_y + i * dilation_y, j * dilation_x :]
                    target = row[(y - start) * count : (y - start + 1) * count]
                    for x in range(count):
                        target[x] = source[x * stride_x]


@compiled
def add_back_planes(columns, places, start, stop, planes):  # type: ignore[no-untyped-def]
    """Add every column of `columns` back onto its window: the transpose of `gather_planes`."""
    height, width, stride_y, stride_x, dilation_y, dilation_x = places[:6]
    channels = planes.shape[0]
    count = columns.shape[1] // (stop - start)
    for i in range(height):
        for j in range(width):
            for c in range(channels):
                row = columns[(i * width + j) * channels + c]
                for y in range(start, stop):
                    target = planes[c, y * stride_y + i * dilation_y, j * dilation_x :]
                    source = row[(y - start) * count : (y - start + 1) * count]
                    for x in range(count):
                        target[x * stride_x] += source[x]


@compiled
def pad(image, top, left, padded):  # type: ignore[no-untyped-def]
    """Copy an image into the middle of `padded`, whose margin stays as it is."""
    run = min(image.shape[1], padded.shape[1] - left) * image.shape[2]
    for y in range(min(image.shape[0], padded.shape[0] - top)):
        source, target = image[y].reshape(-1), padded[top + y, left:].reshape(-1)
        for k in range(run):
            target[k] = source[k]


@compiled
def crop(padded, top, left, image):  # type: ignore[no-untyped-def]
    """Copy the middle of `padded` into an image, with zeros where `padded` does not reach."""
    inside = min(image.shape[1], padded.shape[1] - left) * image.shape[2]
    reached = min(image.shape[0], padded.shape[0] - top)
    image[reached:] = 0
    for y in range(reached):
        target, source = image[y].reshape(-1), padded[top + y, left:].reshape(-1)
        for k in range(inside):
            target[k] = source[k]
        target[inside:] = 0


@compiled
def pad_planes(image, top, left, planes):  # type: ignore[no-untyped-def]
    """Copy an image, channel by channel, into the middle of `planes`, whose margin stays as it is."""
    for c in range(image.shape[2]):
        for y in range(min(image.shape[0], planes.shape[1] - top)):
            for x in range(min(image.shape[1], planes.shape[2] - left)):
                planes[c, top + y, left + x] = image[y, x, c]


@compiled
def crop_planes(planes, top, left, image):  # type: ignore[no-untyped-def]
    """Copy the middle of `planes` into an image, with zeros where `planes` do not reach."""
    image[:] = 0
    for c in range(image.shape[2]):
        for y in range(min(image.shape[0], planes.shape[1] - top)):
            for x in range(min(image.shape[1], planes.shape[2] - left)):
                image[y, x, c] = planes[c, top + y, left + x]
