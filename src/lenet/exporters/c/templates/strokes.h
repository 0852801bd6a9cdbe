
#define LENET_RASTERIZER_VERSION $rasterizer_version
#define LENET_PEN $pen /* the pen's width that the network knows, of the drawing's longer side */
#define LENET_MIN_PEN $min_pen
#define LENET_MAX_PEN $max_pen
#define LENET_MAX_POINTS $max_points
#define LENET_MAX_COORDINATE $max_coordinate

enum lenet_status {
  LENET_BLANK = 0, /* a drawing without a point */
  LENET_DRAWN = 1,
  LENET_BAD_ARGUMENT = $bad_argument, /* a null pointer, a negative count, a pen out of range */
  LENET_BAD_COORDINATE = $bad_coordinate, /* NaN, or beyond +-LENET_MAX_COORDINATE */
  LENET_TOO_LARGE = $too_large /* more than LENET_MAX_POINTS points */
};

/* Recognizes a drawing of one letter. On an error, which is negative, the answer is not written.
 *   points   x, y, x, y, ...: x to the right, y down, in any unit, stroke after stroke
 *   lengths  the number of points of each stroke; one point is a dot, an empty stroke is skipped
 *   strokes  how many there are */
LENET_API enum lenet_status lenet_recognise_strokes(const double *points, const int32_t *lengths,
                                                    int32_t strokes, lenet_scratch *scratch,
                                                    lenet_answer *answer);

/* Draws strokes into an image. On an error, which is negative, the image is not written. */
LENET_API enum lenet_status lenet_rasterise(const double *points, const int32_t *lengths,
                                            int32_t strokes, double pen,
                                            uint8_t image[LENET_PIXELS]);

/* Returns 1 if this build rasterizes exactly as in training, 0 if a compiler's options changed the
 * arithmetic of doubles. */
LENET_API int32_t lenet_self_test(void);
