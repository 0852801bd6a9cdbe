
#define LENET_INK_VERSION $ink_version
#define LENET_PEN $pen /* the pen's width that the network knows, of the drawing's longer side */
#define LENET_MAX_POINTS 100000
#define LENET_MAX_COORDINATE 1e9

enum lenet_status {
  LENET_BLANK = 0, /* a drawing without a point */
  LENET_DRAWN = 1,
  LENET_BAD_ARGUMENT = -1,   /* a null pointer, a count below 0, a pen beyond 0.02..1 */
  LENET_BAD_COORDINATE = -3, /* NaN, or beyond +-LENET_MAX_COORDINATE */
  LENET_TOO_LARGE = -4       /* more than LENET_MAX_POINTS points */
};

/* Recognises a drawing of one letter. On an error, which is negative, the answer is not written.
 *   points   x, y, x, y, ...: x to the right, y down, in any unit, stroke after stroke
 *   lengths  the number of points of each stroke; one point is a dot, none is no stroke
 *   strokes  how many there are */
LENET_API enum lenet_status lenet_recognise_strokes(const double *points, const int32_t *lengths,
                                                    int32_t strokes, lenet_scratch *scratch,
                                                    lenet_answer *answer);

/* Draws strokes into an image. On an error, which is negative, the image is not written. */
LENET_API enum lenet_status lenet_rasterise(const double *points, const int32_t *lengths,
                                            int32_t strokes, double pen,
                                            uint8_t image[LENET_PIXELS]);

/* Whether this build rasterises as that of training: 1, or 0 where a compiler's options changed
 * the arithmetic of doubles. */
LENET_API int32_t lenet_self_test(void);
