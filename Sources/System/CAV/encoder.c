// Pictures into a video file.
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
#include <stdlib.h>
#include <string.h>

#include "problem.h"

struct CAVEncoder {
  AVFormatContext *file;
  AVCodecContext *codec;
  AVStream *stream;
  AVFrame *frame;
  AVPacket *packet;
  struct SwsContext *colours;
  int64_t count;
  bool has_header;
  bool is_finished;
};

static bool open_codec(
  CAVEncoder *encoder, const char *name, const char *options, int width, int height,
  AVRational rate, CAVProblem *problem) {
  const AVCodec *codec = avcodec_find_encoder_by_name(name);
  if (codec == NULL) {
    char text[96];
    snprintf(text, sizeof text, "libav has no encoder %s", name);
    cav_say(problem, text, 0);
    return false;
  }
  AVCodecContext *context = encoder->codec = avcodec_alloc_context3(codec);
  if (context == NULL) return cav_say(problem, "no memory", 0), false;
  context->width = width;
  context->height = height;
  context->pix_fmt = AV_PIX_FMT_YUV420P;
  context->time_base = av_inv_q(rate);
  context->framerate = rate;
  // The same pictures give the same bytes, whatever the version of the library.
  context->flags |= AV_CODEC_FLAG_BITEXACT;
  if (encoder->file->oformat->flags & AVFMT_GLOBALHEADER) {
    context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  }
  AVDictionary *dictionary = NULL;
  int code = av_dict_parse_string(&dictionary, options, "=", ";", 0);
  if (code >= 0) code = avcodec_open2(context, codec, &dictionary);
  const AVDictionaryEntry *unknown = av_dict_get(dictionary, "", NULL, AV_DICT_IGNORE_SUFFIX);
  if (code >= 0 && unknown != NULL) {
    char text[128];
    snprintf(text, sizeof text, "%s has no option %s", name, unknown->key);
    cav_say(problem, text, 0);
    code = AVERROR(EINVAL);
  } else if (code < 0) {
    cav_say(problem, "the video encoder does not start", code);
  }
  av_dict_free(&dictionary);
  return code >= 0;
}

static bool open_file(CAVEncoder *encoder, const char *path, CAVProblem *problem) {
  encoder->stream = avformat_new_stream(encoder->file, NULL);
  if (encoder->stream == NULL) return cav_say(problem, "no memory", 0), false;
  encoder->stream->time_base = encoder->codec->time_base;
  encoder->stream->avg_frame_rate = encoder->codec->framerate;
  encoder->file->flags |= AVFMT_FLAG_BITEXACT;
  int code = avcodec_parameters_from_context(encoder->stream->codecpar, encoder->codec);
  if (code >= 0) code = avformat_write_header(encoder->file, NULL);
  if (code < 0) return cav_say(problem, "the video file cannot be made", code), false;
  encoder->has_header = true;
  return true;
}

static bool make_frame(CAVEncoder *encoder, CAVProblem *problem) {
  const AVCodecContext *codec = encoder->codec;
  encoder->frame = av_frame_alloc();
  encoder->packet = av_packet_alloc();
  encoder->colours = sws_getContext(
    codec->width, codec->height, AV_PIX_FMT_RGB24, codec->width, codec->height, codec->pix_fmt,
    SWS_BILINEAR | SWS_ACCURATE_RND | SWS_BITEXACT, NULL, NULL, NULL);
  if (encoder->frame == NULL || encoder->packet == NULL || encoder->colours == NULL) {
    return cav_say(problem, "no memory", 0), false;
  }
  encoder->frame->format = codec->pix_fmt;
  encoder->frame->width = codec->width;
  encoder->frame->height = codec->height;
  return true;
}

CAVEncoder *cav_encoder_open(
  const char *path, const char *codec, const char *options, int width, int height,
  int rate_numerator, int rate_denominator, CAVProblem *problem) {
  av_log_set_level(AV_LOG_ERROR);
  // SVT-AV1 writes to standard error what it is; results and progress have that for themselves.
  setenv("SVT_LOG", "1", 0);
  CAVEncoder *encoder = calloc(1, sizeof *encoder);
  if (encoder == NULL) return cav_say(problem, "no memory", 0), NULL;
  int code = avformat_alloc_output_context2(&encoder->file, NULL, "mp4", path);
  // The file first: no encoder is started for one that cannot be made.
  if (code >= 0) code = avio_open(&encoder->file->pb, path, AVIO_FLAG_WRITE);
  if (code < 0) {
    cav_say(problem, "the video file cannot be made", code);
  } else if (
    open_codec(
      encoder, codec, options, width, height, (AVRational){rate_numerator, rate_denominator},
      problem) &&
    open_file(encoder, path, problem) && make_frame(encoder, problem)) {
    return encoder;
  }
  cav_encoder_free(encoder);
  return NULL;
}

static bool drain(CAVEncoder *encoder, CAVProblem *problem) {
  for (;;) {
    int code = avcodec_receive_packet(encoder->codec, encoder->packet);
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return true;
    if (code >= 0) {
      encoder->packet->stream_index = encoder->stream->index;
      if (encoder->packet->duration == 0) encoder->packet->duration = 1;
      av_packet_rescale_ts(
        encoder->packet, encoder->codec->time_base, encoder->stream->time_base);
      code = av_interleaved_write_frame(encoder->file, encoder->packet);
    }
    if (code < 0) return cav_say(problem, "a picture cannot be written", code), false;
  }
}

bool cav_encoder_add(CAVEncoder *encoder, const uint8_t *rgb, CAVProblem *problem) {
  // The codec may still hold the last picture's memory: then this takes new.
  av_frame_unref(encoder->frame);
  encoder->frame->format = encoder->codec->pix_fmt;
  encoder->frame->width = encoder->codec->width;
  encoder->frame->height = encoder->codec->height;
  int code = av_frame_get_buffer(encoder->frame, 0);
  if (code < 0) return cav_say(problem, "no memory", code), false;
  const uint8_t *rows[1] = {rgb};
  const int stride[1] = {3 * encoder->codec->width};
  sws_scale(
    encoder->colours, rows, stride, 0, encoder->codec->height, encoder->frame->data,
    encoder->frame->linesize);
  encoder->frame->pts = encoder->count++;
  code = avcodec_send_frame(encoder->codec, encoder->frame);
  if (code < 0) return cav_say(problem, "a picture cannot be compressed", code), false;
  return drain(encoder, problem);
}

bool cav_encoder_finish(CAVEncoder *encoder, CAVProblem *problem) {
  int code = avcodec_send_frame(encoder->codec, NULL);
  if (code < 0) return cav_say(problem, "the video cannot be ended", code), false;
  if (!drain(encoder, problem)) return false;
  encoder->is_finished = true;
  encoder->has_header = false;
  code = av_write_trailer(encoder->file);
  if (code >= 0) code = avio_closep(&encoder->file->pb);
  if (code < 0) return cav_say(problem, "the video file cannot be ended", code), false;
  return true;
}

// Brings an encoder that is given up to its end: SVT-AV1 (1.4) waits for ever for its own threads
// when it is closed without a picture, or before it was told that no more will come.
static void settle(CAVEncoder *encoder) {
  AVCodecContext *codec = encoder->codec;
  if (codec == NULL || !avcodec_is_open(codec) || encoder->is_finished) return;
  AVPacket *packet = av_packet_alloc();
  AVFrame *frame = av_frame_alloc();
  if (packet != NULL && frame != NULL) {
    if (encoder->count == 0) {
      frame->format = codec->pix_fmt;
      frame->width = codec->width;
      frame->height = codec->height;
      frame->pts = 0;
      if (av_frame_get_buffer(frame, 0) >= 0) {
        for (int plane = 0; plane < AV_NUM_DATA_POINTERS; plane++) {
          if (frame->buf[plane] != NULL) memset(frame->buf[plane]->data, 128, frame->buf[plane]->size);
        }
        avcodec_send_frame(codec, frame);
      }
    }
    avcodec_send_frame(codec, NULL);
    while (avcodec_receive_packet(codec, packet) >= 0) av_packet_unref(packet);
  }
  av_frame_free(&frame);
  av_packet_free(&packet);
}

void cav_encoder_free(CAVEncoder *encoder) {
  if (encoder == NULL) return;
  settle(encoder);
  sws_freeContext(encoder->colours);
  av_frame_free(&encoder->frame);
  av_packet_free(&encoder->packet);
  avcodec_free_context(&encoder->codec);
  if (encoder->file != NULL) {
    avio_closep(&encoder->file->pb);
    avformat_free_context(encoder->file);
  }
  free(encoder);
}
